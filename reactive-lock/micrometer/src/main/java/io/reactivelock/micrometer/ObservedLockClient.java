package io.reactivelock.micrometer;

import io.reactivelock.DelegatingLockClient;
import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import java.util.Objects;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Puts observations around the calls of another client, by operators that pass every signal through at once: none of them has a queue in
 * which a lease could be lost.
 *
 * <p>The client is called when this one is, so that bad arguments throw at call time; what belongs to a subscription is in its Context.
 */
final class ObservedLockClient extends DelegatingLockClient {
    private final LockInstrumentation instrumentation;

    ObservedLockClient(LockClient locks, LockInstrumentation instrumentation) {
        super(locks);
        this.instrumentation = instrumentation;
    }

    @Override
    public Mono<Lease> tryAcquire(LockRequest request) {
        return observed(request, withGrant(locks().tryAcquire(request)));
    }

    @Override
    public Mono<Lease> acquire(LockRequest request) {
        return observed(request, withGrant(locks().acquire(request)));
    }

    @Override
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        return observed(request, locks().withLock(request, one(work)));
    }

    @Override
    public <T> Mono<T> tryWithLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        return observed(request, locks().tryWithLock(request, one(work)));
    }

    @Override
    public <T> Flux<T> withLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return observedMany(request, locks().withLockMany(request, many(work)));
    }

    @Override
    public <T> Flux<T> tryWithLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return observedMany(request, locks().tryWithLockMany(request, many(work)));
    }

    private <T> Flux<T> observedMany(LockRequest request, Flux<T> locked) {
        return Flux.deferContextual(subscriber -> {
            if (instrumentation.isNoop()) {
                return locked;
            }
            ObservedAcquire observed = new ObservedAcquire(instrumentation, request, subscriber);
            return locked.doOnComplete(observed::completed)
                    .doOnError(observed::failed)
                    .doOnCancel(observed::cancelled)
                    .contextWrite(observed::putInto);
        });
    }

    private <T> Mono<T> observed(LockRequest request, Mono<T> locked) {
        return Mono.deferContextual(subscriber -> {
            if (instrumentation.isNoop()) {
                return locked;
            }
            ObservedAcquire observed = new ObservedAcquire(instrumentation, request, subscriber);
            return locked.doOnSuccess(value -> observed.completed())
                    .doOnError(observed::failed)
                    .doOnCancel(observed::cancelled)
                    .contextWrite(observed::putInto);
        });
    }

    private static Mono<Lease> withGrant(Mono<Lease> acquire) {
        return Mono.deferContextual(subscriber -> {
            ObservedAcquire observed = ObservedAcquire.of(subscriber);
            return observed == null ? acquire : acquire.doOnNext(observed::granted);
        });
    }

    private static <T> Function<Lease, Mono<T>> one(Function<? super Lease, ? extends Mono<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return lease -> Mono.deferContextual(subscriber -> {
            ObservedAcquire observed = ObservedAcquire.of(subscriber);
            Mono<T> body = Mono.defer(() -> work.apply(lease));
            if (observed == null) {
                return body;
            }
            observed.granted(lease);
            return body.doOnError(observed::workFailed).contextWrite(observed::putIntoWork);
        });
    }

    private static <T> Function<Lease, Flux<T>> many(Function<? super Lease, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return lease -> Flux.deferContextual(subscriber -> {
            ObservedAcquire observed = ObservedAcquire.of(subscriber);
            Flux<T> body = Flux.defer(() -> Flux.from(work.apply(lease)));
            if (observed == null) {
                return body;
            }
            observed.granted(lease);
            return body.doOnError(observed::workFailed).contextWrite(observed::putIntoWork);
        });
    }
}
