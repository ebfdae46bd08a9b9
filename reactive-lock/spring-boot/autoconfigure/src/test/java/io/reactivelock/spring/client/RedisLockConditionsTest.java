package io.reactivelock.spring.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.LockClient;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.lang.reflect.Proxy;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** Nothing here connects. */
@DisplayName("Locks in Redis")
class RedisLockConditionsTest {
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SslAutoConfiguration.class,
                    DataRedisAutoConfiguration.class,
                    RedisLockAutoConfiguration.class,
                    ReactiveLockAutoConfiguration.class));

    @Test
    @DisplayName("are there from the application's own settings, and bring nothing that it could take for its own")
    void fromOwnSettings() {
        runner.run(context -> assertThat(context)
                .hasSingleBean(LockClient.class)
                .hasSingleBean(RedisLockBackend.class)
                .hasSingleBean(LockProfiles.class)
                .hasSingleBean(LockWarmUp.class)
                .hasSingleBean(RedisConnectionFactory.class)
                .hasSingleBean(ClientResources.class)
                .doesNotHaveBean(AbstractRedisClient.class));
    }

    @Test
    @DisplayName("are switched off by one property")
    void switchedOff() {
        runner.withPropertyValues("reactive-lock.enabled=false")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(LockClient.class)
                        .doesNotHaveBean(LockBackend.class)
                        .doesNotHaveBean(LockProfiles.class)
                        .doesNotHaveBean(LockRedisClient.class)
                        .doesNotHaveBean(LockWarmUp.class));
    }

    @Test
    @DisplayName("back off before a backend of the application's, which the client then uses")
    void backOffBeforeBackend() {
        runner.withBean(LockBackend.class, InMemoryLockBackend::create)
                .run(context -> assertThat(context)
                        .hasSingleBean(LockBackend.class)
                        .hasSingleBean(InMemoryLockBackend.class)
                        .hasSingleBean(LockClient.class)
                        .doesNotHaveBean(LockRedisClient.class));
    }

    @Test
    @DisplayName("back off before a client of the application's")
    void backOffBeforeClient() {
        runner.withBean("own", LockClient.class, () -> LockClient.create(InMemoryLockBackend.create()))
                .run(context -> assertThat(context)
                        .hasSingleBean(LockClient.class)
                        .hasBean("own")
                        .hasSingleBean(LockWarmUp.class)
                        .doesNotHaveBean(LockBackend.class)
                        .doesNotHaveBean(LockRedisClient.class));
    }

    @Test
    @DisplayName("need the backend's jar")
    void needJar() {
        runner.withClassLoader(new FilteredClassLoader(RedisLockBackend.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(LockProfiles.class)
                        .doesNotHaveBean(LockClient.class));
    }

    @Test
    @DisplayName("need either Boot's Redis or a URL of their own")
    void needAddress() {
        ApplicationContextRunner bare = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RedisLockAutoConfiguration.class, ReactiveLockAutoConfiguration.class));
        FilteredClassLoader withoutBootsRedis =
                new FilteredClassLoader("org.springframework.boot.data.redis", "org.springframework.data.redis");

        bare.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LockClient.class));
        bare.withClassLoader(withoutBootsRedis)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LockClient.class));
        bare.withClassLoader(withoutBootsRedis)
                .withPropertyValues("reactive-lock.redis.url=redis://localhost:1")
                .run(context -> assertThat(context).hasSingleBean(LockClient.class));
    }

    @Test
    @DisplayName("go to their own URL before the application's Redis")
    void ownUrlFirst() {
        runner.withPropertyValues("reactive-lock.redis.url=redis://localhost:1")
                .run(context ->
                        assertThat(context).hasSingleBean(LockClient.class).doesNotHaveBean(LockRedisClient.class));
    }

    @Test
    @DisplayName("go to where the application's connection factory goes, with its options")
    void asConnectionFactory() {
        runner.withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("elsewhere", 1234))
                .run(context -> {
                    RedisStandaloneConfiguration address =
                            (RedisStandaloneConfiguration) redis(context).address();
                    assertThat(address.getHostName()).isEqualTo("elsewhere");
                    assertThat(address.getPort()).isEqualTo(1234);
                });
        runner.withPropertyValues("spring.data.redis.timeout=7s", "spring.data.redis.client-name=orders")
                .run(context -> {
                    RedisOfApplication redis = redis(context);
                    assertThat(redis.client().getCommandTimeout()).isEqualTo(Duration.ofSeconds(7));
                    assertThat(redis.client().getClientName()).contains("orders");
                    assertThat(redis.client().getClientResources()).contains(context.getBean(ClientResources.class));
                });
    }

    @Test
    @DisplayName("go by Boot's settings where there is no connection factory of Lettuce: standalone")
    void standaloneWithoutFactory() {
        withoutLettuce()
                .withPropertyValues(
                        "spring.data.redis.url=rediss://me:secret@there:4321/5",
                        "spring.data.redis.timeout=7s",
                        "spring.data.redis.client-name=orders")
                .run(context -> {
                    assertThat(context)
                            .doesNotHaveBean(LettuceConnectionFactory.class)
                            .hasSingleBean(LockClient.class);
                    RedisOfApplication redis = redis(context);
                    RedisStandaloneConfiguration address = (RedisStandaloneConfiguration) redis.address();
                    assertThat(address.getHostName()).isEqualTo("there");
                    assertThat(address.getPort()).isEqualTo(4321);
                    assertThat(address.getDatabase()).isEqualTo(5);
                    assertThat(address.getUsername()).isEqualTo("me");
                    assertThat(address.getPassword().get()).isEqualTo("secret".toCharArray());
                    assertThat(redis.client().isUseSsl()).isTrue();
                    assertThat(redis.client().getCommandTimeout()).isEqualTo(Duration.ofSeconds(7));
                    assertThat(redis.client().getClientName()).contains("orders");
                });
    }

    @Test
    @DisplayName("go by Boot's settings where there is no connection factory of Lettuce: Sentinel")
    void sentinelWithoutFactory() {
        withoutLettuce()
                .withPropertyValues(
                        "spring.data.redis.database=3",
                        "spring.data.redis.password=secret",
                        "spring.data.redis.sentinel.master=mymaster",
                        "spring.data.redis.sentinel.nodes=one:1,two:2",
                        "spring.data.redis.sentinel.username=watch",
                        "spring.data.redis.sentinel.password=dog")
                .run(context -> {
                    RedisSentinelConfiguration address =
                            (RedisSentinelConfiguration) redis(context).address();
                    assertThat(address.getSentinels()).hasToString("[one:1, two:2]");
                    assertThat(address.getMaster()).extracting("name").isEqualTo("mymaster");
                    assertThat(address.getDatabase()).isEqualTo(3);
                    assertThat(address.getPassword().get()).isEqualTo("secret".toCharArray());
                    assertThat(address.getSentinelUsername()).isEqualTo("watch");
                    assertThat(address.getSentinelPassword().get()).isEqualTo("dog".toCharArray());
                });
    }

    @Test
    @DisplayName("go by Boot's settings where there is no connection factory of Lettuce: Cluster")
    void clusterWithoutFactory() {
        withoutLettuce()
                .withPropertyValues(
                        "spring.data.redis.username=me",
                        "spring.data.redis.password=secret",
                        "spring.data.redis.cluster.nodes=one:1,two:2")
                .run(context -> {
                    RedisClusterConfiguration address =
                            (RedisClusterConfiguration) redis(context).address();
                    assertThat(address.getClusterNodes()).hasToString("[one:1, two:2]");
                    assertThat(address.getUsername()).isEqualTo("me");
                    assertThat(address.getPassword().get()).isEqualTo("secret".toCharArray());
                });
    }

    @Test
    @DisplayName("keep auto-reconnect on, and look often enough who serves a slot")
    void optionsThatLocksNeed() {
        runner.withPropertyValues("spring.data.redis.cluster.nodes=one:1")
                .withBean(
                        LettuceClientOptionsBuilderCustomizer.class,
                        () -> options -> options.autoReconnect(false).pingBeforeActivateConnection(false))
                .run(context -> {
                    RedisOfApplication redis = redis(context);
                    AbstractRedisClient client = LettuceClients.create(redis.address(), redis.client());
                    ClusterClientOptions options = (ClusterClientOptions) client.getOptions();
                    assertThat(options.isAutoReconnect()).isTrue();
                    assertThat(options.isPingBeforeActivateConnection()).isFalse();
                    assertThat(options.getTopologyRefreshOptions().getAdaptiveRefreshTimeout())
                            .isEqualTo(Duration.ofSeconds(1));
                    assertThat(options.getTopologyRefreshOptions().getAdaptiveRefreshTriggers())
                            .isNotEmpty();
                    client.shutdown();
                });
        runner.run(context -> {
            RedisOfApplication redis = redis(context);
            AbstractRedisClient client = LettuceClients.create(redis.address(), redis.client());
            assertThat(client).isInstanceOf(RedisClient.class);
            client.shutdown();
        });
    }

    @Test
    @DisplayName("refuse replicas to wait for on a Cluster, by name of the property")
    void replicasOnCluster() {
        runner.withPropertyValues("spring.data.redis.cluster.nodes=one:1", "reactive-lock.replicas.count=1")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("a Cluster has one for each node"));
        runner.withPropertyValues("reactive-lock.replicas.count=1")
                .run(context -> assertThat(context).hasSingleBean(LockClient.class));
    }

    @Test
    @DisplayName("refuse a static set of a master and its replicas")
    void masterReplica() {
        for (ApplicationContextRunner any : new ApplicationContextRunner[] {runner, withoutLettuce()}) {
            any.withPropertyValues("spring.data.redis.masterreplica.nodes=one:1,two:2")
                    .run(context -> assertThat(context.getStartupFailure())
                            .hasRootCauseInstanceOf(MasterReplicaException.class));
        }
    }

    /** As for those who use Jedis or Redisson. */
    private ApplicationContextRunner withoutLettuce() {
        return runner.withBean(RedisConnectionFactory.class, () -> (RedisConnectionFactory) Proxy.newProxyInstance(
                RedisConnectionFactory.class.getClassLoader(),
                new Class<?>[] {RedisConnectionFactory.class},
                (me, call, its) -> {
                    throw new UnsupportedOperationException(call.getName());
                }));
    }

    private static RedisOfApplication redis(AssertableApplicationContext context) {
        return RedisOfApplication.of(
                context.getBean(DataRedisConnectionDetails.class),
                context.getBean(DataRedisProperties.class),
                context.getBeanProvider(LettuceConnectionFactory.class).getIfUnique(),
                context.getBeanProvider(ClientResources.class).getIfUnique());
    }
}
