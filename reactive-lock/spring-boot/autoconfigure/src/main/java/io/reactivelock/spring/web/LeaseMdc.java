package io.reactivelock.spring.web;

import io.micrometer.context.ThreadLocalAccessor;
import io.reactivelock.Lease;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Shows the innermost lease of the Reactor Context in the log: its name as {@code lock}, its token as {@code lockToken}. The key is the one
 * under which core puts the lease into the Context.
 */
final class LeaseMdc implements ThreadLocalAccessor<Lease> {
    static final String LOCK = "lock";
    static final String TOKEN = "lockToken";

    private static final ThreadLocal<@Nullable Lease> CURRENT = new ThreadLocal<>();

    @Override
    public Object key() {
        return Lease.class;
    }

    @Override
    public @Nullable Lease getValue() {
        return CURRENT.get();
    }

    @Override
    public void setValue(Lease lease) {
        CURRENT.set(lease);
        MDC.put(LOCK, lease.name());
        MDC.put(TOKEN, String.valueOf(lease.token().value()));
    }

    @Override
    public void setValue() {
        CURRENT.remove();
        MDC.remove(LOCK);
        MDC.remove(TOKEN);
    }
}
