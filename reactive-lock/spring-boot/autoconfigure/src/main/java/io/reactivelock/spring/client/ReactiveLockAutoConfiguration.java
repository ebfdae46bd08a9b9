package io.reactivelock.spring.client;

import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.LockClientCustomizer;
import io.reactivelock.spring.LockProfiles;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * A {@link LockClient} on whatever {@link LockBackend} there is, and the {@link LockProfiles}. The client is closed as the context
 * closes, which is awaited: the locks of work in flight are free then. It takes no part in the life cycle of the context before that:
 * locks go on through a pause.
 */
@AutoConfiguration(after = RedisLockAutoConfiguration.class)
@ConditionalOnClass(LockClient.class)
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@EnableConfigurationProperties(ReactiveLockProperties.class)
public final class ReactiveLockAutoConfiguration {
    ReactiveLockAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    LockProfiles lockProfiles(ReactiveLockProperties properties) {
        return TermsOfLocks.profiles(properties);
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    @ConditionalOnSingleCandidate(LockBackend.class)
    LockClient lockClient(
            LockBackend backend,
            ReactiveLockProperties properties,
            ObjectProvider<LockObserver> observers,
            ObjectProvider<LockClientCustomizer> customizers) {
        LockClientOptions options = ClientOptionsOfLocks.options(properties.client())
                .observer(CombinedLockObserver.of(observers.orderedStream().toList()));
        return customized(
                LockClient.create(backend, options), customizers.orderedStream().toList());
    }

    private static LockClient customized(LockClient client, List<LockClientCustomizer> customizers) {
        LockClient customized = client;
        try {
            for (LockClientCustomizer customizer : customizers) {
                customized = customizer.customize(customized);
            }
            return customized;
        } catch (RuntimeException e) {
            // no bean, so nobody else would
            client.close().subscribe();
            throw e;
        }
    }

    /** Beside a client of the application's own, too; declared behind the client, for whose bean it looks. */
    @Bean
    @ConditionalOnSingleCandidate(LockClient.class)
    LockWarmUp lockWarmUp(LockClient client, ReactiveLockProperties properties) {
        return new LockWarmUp(client, properties.warmUp(), properties.warmUpTimeout());
    }
}
