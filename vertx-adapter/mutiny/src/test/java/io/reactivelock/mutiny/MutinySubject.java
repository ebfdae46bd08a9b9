package io.reactivelock.mutiny;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.LockSubject;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.Function;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Mono;

/** The adapter as the contracts see it. Turns types by means of its own, not by those of the adapter. */
final class MutinySubject implements LockSubject {
    private final MutinyLockClient client;

    private MutinySubject(MutinyLockClient client) {
        this.client = client;
    }

    static LockSubject open(LockBackend backend, LockClientOptions options) {
        return new MutinySubject(MutinyLockClient.create(LockClient.create(backend, options)));
    }

    @Override
    public Mono<Lease> tryAcquire(LockRequest request) {
        return mono(client.tryAcquire(request)).map(ReactorLease::new);
    }

    @Override
    public Mono<Lease> acquire(LockRequest request) {
        return mono(client.acquire(request)).map(ReactorLease::new);
    }

    @Override
    @SuppressWarnings("NullAway") // a null is the client's to refuse
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<T>> work) {
        return mono(client.withLock(
                request,
                work == null
                        ? null
                        : lease -> Uni.createFrom()
                                .publisher(
                                        JdkFlowAdapter.publisherToFlowPublisher(work.apply(new ReactorLease(lease))))));
    }

    @Override
    public Mono<Void> close() {
        return mono(client.close());
    }

    private static <T> Mono<T> mono(Uni<T> uni) {
        return Mono.create(sink -> sink.onCancel(uni.subscribe().with(sink::success, sink::error)::cancel));
    }

    private record ReactorLease(MutinyLease lease) implements Lease {
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
            return mono(lease.lost());
        }

        @Override
        public Mono<Boolean> release() {
            return mono(lease.release());
        }
    }
}
