package io.reactivelock.spring.actuate;

import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.observation.ObservationRegistry;
import io.reactivelock.micrometer.LockMetrics;
import io.reactivelock.micrometer.LockObservationConvention;
import io.reactivelock.micrometer.LockObservationDocumentation;
import io.reactivelock.micrometer.LockObservations;
import io.reactivelock.spring.LockClientCustomizer;
import java.util.Arrays;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Observes the lock client, where there is a registry for observations. */
@AutoConfiguration(
        after = LockMetricsAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass({LockObservations.class, ObservationRegistry.class})
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@ConditionalOnBean(ObservationRegistry.class)
final class LockObservationAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "lockObservations")
    LockClientCustomizer lockObservations(
            ObservationRegistry registry, ObjectProvider<LockObservationConvention> convention) {
        return client -> LockObservations.observe(
                client, registry, convention.getIfAvailable(() -> LockObservationConvention.DEFAULT));
    }

    /** Boot makes a timer of each observation, which would tell again what the meters tell. */
    @Bean
    @ConditionalOnBean(LockMetrics.class)
    @ConditionalOnMissingBean(name = "lockObservationMeterFilter")
    static MeterFilter lockObservationMeterFilter() {
        return MeterFilter.deny(meter -> Arrays.stream(LockObservationDocumentation.values())
                .anyMatch(observed -> meter.getName().startsWith(observed.getName())));
    }
}
