package io.reactivelock.spring.actuate;

import io.reactivelock.LockClient;
import io.reactivelock.spi.LockBackend;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthContributor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** The health of the locks' backend: {@code reactiveLock}. */
@AutoConfiguration(afterName = "io.reactivelock.spring.client.ReactiveLockAutoConfiguration")
@ConditionalOnClass({ReactiveHealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@ConditionalOnSingleCandidate(LockClient.class)
@ConditionalOnEnabledHealthIndicator("reactive-lock")
@Import(LockActivityConfiguration.class)
final class LockHealthContributorAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = {"reactiveLockHealthIndicator", "reactiveLockHealthContributor"})
    ReactiveHealthContributor reactiveLockHealthContributor(
            LockClient locks, ObjectProvider<LockBackend> backend, LockActivity activity) {
        return new LockHealthIndicator(locks, backend.getIfUnique(), activity);
    }
}
