package io.reactivelock.spring.actuate;

import io.micrometer.core.instrument.MeterRegistry;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.micrometer.FencingGuardMetrics;
import io.reactivelock.micrometer.LockMetrics;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The observers that count and time, where there is a registry for meters. */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@ConditionalOnClass({LockMetrics.class, MeterRegistry.class})
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@ConditionalOnBean(MeterRegistry.class)
final class LockMetricsAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    LockMetrics lockMetrics(MeterRegistry registry) {
        return LockMetrics.create(registry);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(FencingGuardObserver.class)
    static class OfTheGuard {
        @Bean
        @ConditionalOnMissingBean
        FencingGuardMetrics fencingGuardMetrics(MeterRegistry registry) {
            return FencingGuardMetrics.create(registry);
        }
    }
}
