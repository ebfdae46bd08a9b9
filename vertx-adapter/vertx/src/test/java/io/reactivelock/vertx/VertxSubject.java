package io.reactivelock.vertx;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockRequest;
import io.reactivelock.testkit.LockSubject;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** The adapter, turned back into what the contracts of a client know. */
record VertxSubject(VertxLockClient client) implements LockSubject {
    /** A future begins at once, so the call is made on subscription. */
    private static <T> Mono<T> mono(Supplier<Future<T>> call) {
        return Mono.fromCompletionStage(() -> call.get().toCompletionStage());
    }

    /** As {@link #mono}, but for what is refused at call time: that call is made at once. */
    private static <T> Mono<T> mono(boolean refused, Supplier<Future<T>> call) {
        if (!refused) {
            return mono(call);
        }
        Future<T> result = call.get();
        return mono(() -> result);
    }

    @Override
    public Mono<Lease> tryAcquire(LockRequest request) {
        return mono(request == null, () -> client.tryAcquire(request))
                .flatMap(lease -> Mono.justOrEmpty(lease.map(LeaseOf::new)));
    }

    @Override
    public Mono<Lease> acquire(LockRequest request) {
        return mono(request == null, () -> client.acquire(request)).map(LeaseOf::new);
    }

    @Override
    @SuppressWarnings("NullAway") // a null is the client's to refuse
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<T>> work) {
        Function<VertxLease, Future<T>> futureWork = work == null
                ? null
                : lease -> Future.fromCompletionStage(
                        work.apply(new LeaseOf(lease)).toFuture());
        return mono(request == null || work == null, () -> client.withLock(request, futureWork));
    }

    @Override
    public Mono<Void> close() {
        return mono(client::close);
    }

    private record LeaseOf(VertxLease lease) implements Lease {
        @Override
        public String name() {
            return lease.name();
        }

        @Override
        public String group() {
            return lease.group();
        }

        @Override
        public Holder backendHolder() {
            return lease.backendHolder();
        }

        @Override
        public FencingToken token() {
            return lease.token();
        }

        @Override
        public Duration remaining() {
            return lease.remaining();
        }

        @Override
        public boolean isValid() {
            return lease.isValid();
        }

        @Override
        public Mono<LeaseLoss> lost() {
            return mono(lease::lost);
        }

        @Override
        public Mono<Boolean> release() {
            return mono(lease::release);
        }
    }
}
