package io.reactivelock.spring.client;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.resource.ClientResources;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Cluster;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Node;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Sentinel;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Standalone;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.RedisPassword;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration.LettuceClientConfigurationBuilder;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.StringUtils;

/**
 * Where the Redis of an application is, and how it is spoken to. Where there is a Lettuce connection factory, that one knows; an
 * application on Jedis or Redisson has none, and Boot's connection details and properties say it.
 */
record RedisOfApplication(RedisConfiguration address, LettuceClientConfiguration client) {
    static RedisOfApplication of(
            DataRedisConnectionDetails details,
            DataRedisProperties properties,
            @Nullable LettuceConnectionFactory factory,
            @Nullable ClientResources resources) {
        if (details.getSentinel() == null && details.getCluster() == null && details.getMasterReplica() != null) {
            throw new MasterReplicaException();
        }
        return factory == null
                ? new RedisOfApplication(address(details), client(details, properties, resources))
                : new RedisOfApplication(address(factory), factory.getClientConfiguration());
    }

    private static RedisConfiguration address(LettuceConnectionFactory factory) {
        if (factory.getSentinelConfiguration() != null) {
            return factory.getSentinelConfiguration();
        }
        if (factory.getClusterConfiguration() != null) {
            return factory.getClusterConfiguration();
        }
        if (factory.getSocketConfiguration() != null) {
            return factory.getSocketConfiguration();
        }
        return factory.getStandaloneConfiguration();
    }

    private static RedisConfiguration address(DataRedisConnectionDetails details) {
        RedisPassword password = RedisPassword.of(details.getPassword());
        Sentinel sentinel = details.getSentinel();
        if (sentinel != null) {
            RedisSentinelConfiguration address = new RedisSentinelConfiguration();
            address.master(sentinel.getMaster());
            sentinel.getNodes().forEach(node -> address.sentinel(redisNode(node)));
            address.setSentinelUsername(sentinel.getUsername());
            address.setSentinelPassword(RedisPassword.of(sentinel.getPassword()));
            address.setUsername(details.getUsername());
            address.setPassword(password);
            address.setDatabase(sentinel.getDatabase());
            return address;
        }
        Cluster cluster = details.getCluster();
        if (cluster != null) {
            RedisClusterConfiguration address = new RedisClusterConfiguration();
            cluster.getNodes().forEach(node -> address.addClusterNode(redisNode(node)));
            address.setUsername(details.getUsername());
            address.setPassword(password);
            return address;
        }
        RedisStandaloneConfiguration address = new RedisStandaloneConfiguration();
        Standalone standalone = details.getStandalone();
        if (standalone != null) {
            address.setHostName(standalone.getHost());
            address.setPort(standalone.getPort());
            address.setDatabase(standalone.getDatabase());
        }
        address.setUsername(details.getUsername());
        address.setPassword(password);
        return address;
    }

    private static RedisNode redisNode(Node node) {
        return new RedisNode(node.host(), node.port());
    }

    private static LettuceClientConfiguration client(
            DataRedisConnectionDetails details, DataRedisProperties properties, @Nullable ClientResources resources) {
        SslBundle bundle = details.getSslBundle();
        String url = properties.getUrl();
        LettuceClientConfigurationBuilder builder = LettuceClientConfiguration.builder();
        if (bundle != null || (url != null && url.startsWith("rediss:"))) {
            builder.useSsl();
        }
        if (properties.getTimeout() != null) {
            builder.commandTimeout(properties.getTimeout());
        }
        if (StringUtils.hasText(properties.getClientName())) {
            builder.clientName(properties.getClientName());
        }
        if (resources != null) {
            builder.clientResources(resources);
        }
        return builder.clientOptions(options(properties, bundle)).build();
    }

    private static ClientOptions options(DataRedisProperties properties, @Nullable SslBundle bundle) {
        ClientOptions.Builder options = ClientOptions.builder().timeoutOptions(TimeoutOptions.enabled());
        if (properties.getConnectTimeout() != null) {
            options.socketOptions(SocketOptions.builder()
                    .connectTimeout(properties.getConnectTimeout())
                    .build());
        }
        if (bundle != null) {
            options.sslOptions(ssl(bundle));
        }
        return options.build();
    }

    private static SslOptions ssl(SslBundle bundle) {
        SslOptions.Builder ssl = SslOptions.builder()
                .keyManager(bundle.getManagers().getKeyManagerFactory())
                .trustManager(bundle.getManagers().getTrustManagerFactory());
        if (bundle.getOptions().getCiphers() != null) {
            ssl.cipherSuites(bundle.getOptions().getCiphers());
        }
        if (bundle.getOptions().getEnabledProtocols() != null) {
            ssl.protocols(bundle.getOptions().getEnabledProtocols());
        }
        return ssl.build();
    }
}
