package io.reactivelock.internal;

import io.reactivelock.Lease;
import java.util.Optional;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** The one place that says where leases stand in the Reactor Context: the innermost, and the one of each lock name. */
public final class LeaseContext {
    private record Key(String name) {}

    private LeaseContext() {}

    static Context put(Context context, Lease lease) {
        return context.put(Lease.class, lease).put(new Key(lease.name()), lease);
    }

    /** The innermost lease around the subscriber. */
    public static Optional<Lease> innermost(ContextView context) {
        return context.getOrEmpty(Lease.class);
    }

    /** The lease of one lock name, also where locks are nested. */
    public static Optional<Lease> named(ContextView context, String name) {
        return context.getOrEmpty(new Key(name));
    }
}
