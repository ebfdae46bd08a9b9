package io.reactivelock.mutiny;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/** All that is done is done by the client of core. */
final class ReactorLockClient implements MutinyLockClient {
    private final LockClient client;

    ReactorLockClient(LockClient client) {
        this.client = Objects.requireNonNull(client, "client");
    }

    @Override
    public Uni<MutinyLease> tryAcquire(LockRequest request) {
        return Bridge.uni(client.tryAcquire(request).map(MutinyLease::new));
    }

    @Override
    public Uni<MutinyLease> acquire(LockRequest request) {
        return Bridge.uni(client.acquire(request).map(MutinyLease::new));
    }

    @Override
    public <T> Uni<T> withLock(LockRequest request, Function<? super MutinyLease, Uni<? extends T>> work) {
        Function<Lease, Uni<? extends T>> body = body(work);
        return Bridge.uni(client.withLock(request, lease -> Bridge.<T>mono(body.apply(lease))));
    }

    @Override
    public <T> Uni<T> tryWithLock(LockRequest request, Function<? super MutinyLease, Uni<? extends T>> work) {
        Function<Lease, Uni<? extends T>> body = body(work);
        return Bridge.uni(client.tryWithLock(request, lease -> Bridge.<T>mono(body.apply(lease))));
    }

    @Override
    public <T> Multi<T> withLockMany(LockRequest request, Function<? super MutinyLease, Multi<? extends T>> work) {
        Function<Lease, Multi<? extends T>> body = body(work);
        return Bridge.multi(client.withLockMany(request, lease -> Bridge.<T>flux(body.apply(lease))));
    }

    @Override
    public Uni<Void> connect() {
        return Bridge.uni(client.connect());
    }

    @Override
    public Uni<Void> ping(Duration within) {
        return Bridge.uni(client.ping(within));
    }

    @Override
    public Uni<Void> close() {
        return Bridge.uni(client.close());
    }

    /** Decorated as the functions of Mutiny's own operators are, so that context propagation takes part. */
    private static <R> Function<Lease, R> body(Function<? super MutinyLease, R> work) {
        Objects.requireNonNull(work, "work");
        return Infrastructure.decorate((Function<Lease, R>)
                lease -> Objects.requireNonNull(work.apply(new MutinyLease(lease)), "the work is null"));
    }
}
