package io.reactivelock.spring.client;

import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.LockClient;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.client.ReactiveLockProperties.RedisOfLocks;
import io.reactivelock.spring.client.ReactiveLockProperties.ReplicasOfLocks;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Locks in Redis: in the one that {@code reactive-lock.redis.url} names, or else in the application's, to which it opens connections of
 * its own. The application's connections end with every pause of its context and before its beans are destroyed, when locks are still to
 * be released. Offers no connection factory and no template, and backs off before a {@link LockBackend} or a {@link LockClient} of the
 * application's.
 */
@AutoConfiguration(afterName = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration")
@ConditionalOnClass(RedisLockBackend.class)
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@ConditionalOnMissingBean({LockBackend.class, LockClient.class})
@EnableConfigurationProperties(ReactiveLockProperties.class)
@ImportRuntimeHints(LockScriptHints.class)
public final class RedisLockAutoConfiguration {
    RedisLockAutoConfiguration() {}

    private static RedisLockBackend configured(RedisLockBackend backend, ReactiveLockProperties properties) {
        RedisOfLocks redis = properties.redis();
        RedisLockBackend prefixed = PropertyRule.apply(
                "reactive-lock.key-prefix", properties.keyPrefix(), () -> backend.keyPrefix(properties.keyPrefix()));
        RedisLockBackend claiming = PropertyRule.apply(
                "reactive-lock.redis.claim-time", redis.claimTime(), () -> prefixed.claimTime(redis.claimTime()));
        ReplicasOfLocks replicas = properties.replicas();
        return replicas.count() == 0
                ? claiming
                : PropertyRule.apply(
                        "reactive-lock.replicas.count",
                        replicas.count(),
                        () -> claiming.replicas(replicas.count(), replicas.timeout()));
    }

    /** On clients of the backend's own, which it closes itself. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty("reactive-lock.redis.url")
    static class ByUrl {
        @Bean
        RedisLockBackend lockBackend(ReactiveLockProperties properties) {
            return configured(RedisLockBackend.create(uri(properties.redis())), properties);
        }

        /** Says nothing of the value where it is wrong, for it may have a password. */
        private static RedisURI uri(RedisOfLocks redis) {
            try {
                return RedisURI.create(String.valueOf(redis.url()));
            } catch (IllegalArgumentException e) {
                throw new IllegalStateException(
                        "reactive-lock.redis.url is not a Redis URI, as in redis://localhost:6379,"
                                + " rediss://user:password@localhost:6379/0 or redis-sentinel://localhost:26379#mymaster");
            }
        }
    }

    /** On a client that is made as the application's own would be. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "reactive-lock.redis.url", matchIfMissing = true, havingValue = "false")
    @ConditionalOnClass({DataRedisConnectionDetails.class, LettuceConnectionFactory.class})
    @ConditionalOnBean(DataRedisConnectionDetails.class)
    static class OfApplication {
        @Bean(destroyMethod = "close")
        LockRedisClient lockRedisClient(
                DataRedisConnectionDetails details,
                ObjectProvider<DataRedisProperties> properties,
                ObjectProvider<LettuceConnectionFactory> factory,
                ObjectProvider<ClientResources> resources) {
            return new LockRedisClient(RedisOfApplication.of(
                    details,
                    properties.getIfAvailable(DataRedisProperties::new),
                    factory.getIfUnique(),
                    resources.getIfUnique()));
        }

        @Bean
        RedisLockBackend lockBackend(LockRedisClient client, ReactiveLockProperties properties) {
            return configured(client.backend(), properties);
        }
    }
}
