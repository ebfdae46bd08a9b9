package io.reactivelock.spring.web;

import io.micrometer.context.ContextRegistry;
import io.reactivelock.Lease;
import org.springframework.beans.factory.DisposableBean;

/** Shows leases in the log for as long as the application runs: the registry is the JVM's. */
final class LeaseMdcRegistration implements DisposableBean {
    private final ContextRegistry registry;
    private final LeaseMdc accessor = new LeaseMdc();

    LeaseMdcRegistration(ContextRegistry registry) {
        this.registry = registry;
        registry.registerThreadLocalAccessor(accessor);
    }

    /** Leaves that of an application which came later alone. */
    @Override
    public void destroy() {
        if (registry.getThreadLocalAccessors().contains(accessor)) {
            registry.removeThreadLocalAccessor((Object) Lease.class);
        }
    }
}
