package io.reactivelock.spring.web;

import io.micrometer.context.ContextRegistry;
import io.reactivelock.Lease;
import org.slf4j.MDC;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Shows the lock and its token in the log of what runs under it, where Reactor carries its Context to threads: {@code
 * spring.reactor.context-propagation=auto}.
 */
@AutoConfiguration
@ConditionalOnClass({Lease.class, ContextRegistry.class, MDC.class})
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "reactive-lock.mdc.enabled", matchIfMissing = true)
public final class ReactiveLockMdcAutoConfiguration {
    /** Made by Spring. */
    ReactiveLockMdcAutoConfiguration() {}

    @Bean
    LeaseMdcRegistration leaseMdcRegistration() {
        return new LeaseMdcRegistration(ContextRegistry.getInstance());
    }
}
