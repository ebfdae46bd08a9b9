package io.reactivelock.spring.client;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import java.time.Duration;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Makes a Lettuce client as Spring Data would: of addresses, credentials, TLS and options of the application. This is only what is
 * inherited; no such factory is ever started, nor a bean.
 */
final class LettuceClients extends LettuceConnectionFactory {
    /** A lock that waits for a new master does not wait the five seconds that are Lettuce's default. */
    private static final Duration TOPOLOGY_REFRESH = Duration.ofSeconds(1);

    private LettuceClients(RedisConfiguration address, LettuceClientConfiguration configuration) {
        super(address, configuration);
    }

    static AbstractRedisClient create(RedisConfiguration address, LettuceClientConfiguration configuration) {
        AbstractRedisClient client = new LettuceClients(address, configuration).createClient();
        // without it a connection that was lost once would stay so
        if (client instanceof RedisClusterClient cluster) {
            ClusterClientOptions options = (ClusterClientOptions) cluster.getOptions();
            cluster.setOptions(options.mutate()
                    .autoReconnect(true)
                    .topologyRefreshOptions(refresh(options.getTopologyRefreshOptions()))
                    .build());
        } else if (client instanceof RedisClient one) {
            one.setOptions(one.getOptions().mutate().autoReconnect(true).build());
        }
        return client;
    }

    @SuppressWarnings("deprecation") // the triggers are on by default only from Lettuce 7 on
    private static ClusterTopologyRefreshOptions refresh(ClusterTopologyRefreshOptions options) {
        if (!options.getAdaptiveRefreshTimeout()
                .equals(ClusterTopologyRefreshOptions.DEFAULT_ADAPTIVE_REFRESH_TIMEOUT_DURATION)) {
            return options;
        }
        ClusterTopologyRefreshOptions.Builder builder = ClusterTopologyRefreshOptions.builder()
                .enableAllAdaptiveRefreshTriggers()
                .adaptiveRefreshTriggersTimeout(TOPOLOGY_REFRESH)
                .refreshTriggersReconnectAttempts(options.getRefreshTriggersReconnectAttempts())
                .closeStaleConnections(options.isCloseStaleConnections())
                .dynamicRefreshSources(options.useDynamicRefreshSources());
        return options.isPeriodicRefreshEnabled()
                ? builder.enablePeriodicRefresh(options.getRefreshPeriod()).build()
                : builder.build();
    }
}
