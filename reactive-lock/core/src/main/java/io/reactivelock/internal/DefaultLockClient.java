package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The scoped form, built on the manual one. */
public final class DefaultLockClient implements LockClient {
    private static final Logger LOG = Loggers.getLogger(LockClient.class);

    private final LockEngine engine;
    private final RepeatedWarning unreleased;

    public DefaultLockClient(LockBackend backend, LockClientOptions options) {
        this(new LockEngine(Objects.requireNonNull(backend, "backend"), Objects.requireNonNull(options, "options")));
    }

    DefaultLockClient(LockEngine engine) {
        this.engine = engine;
        unreleased = new RepeatedWarning(
                LOG, "The work is done, but its lock could not be released", engine.runtime.clock()::nanos);
    }

    @Override
    public Mono<Lease> tryAcquire(LockRequest request) {
        return engine.tryAcquire(checked(request));
    }

    @Override
    public Mono<Lease> acquire(LockRequest request) {
        return engine.acquire(checked(request));
    }

    @Override
    public <T> Mono<T> withLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return under(acquire(request), work);
    }

    @Override
    public <T> Mono<T> tryWithLock(LockRequest request, Function<? super Lease, ? extends Mono<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return under(tryAcquire(request), work);
    }

    private <T> Mono<T> under(Mono<Lease> acquire, Function<? super Lease, ? extends Mono<? extends T>> work) {
        return acquire.flatMap(lease -> {
            Mono<T> body = ForeignCode.<T>mono(() -> work.apply(lease))
                    .takeUntilOther(loss(lease))
                    .map(Optional::of)
                    .defaultIfEmpty(Optional.empty())
                    .flatMap(value -> checkValid(lease).then(Mono.justOrEmpty(value)));
            return Mono.usingWhen(Mono.just(lease), held -> body, this::releaseQuietly)
                    .contextWrite(context -> LeaseContext.put(context, lease));
        });
    }

    @Override
    public <T> Flux<T> withLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return manyUnder(acquire(request), work);
    }

    @Override
    public <T> Flux<T> tryWithLockMany(
            LockRequest request, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        Objects.requireNonNull(work, "work");
        return manyUnder(tryAcquire(request), work);
    }

    private <T> Flux<T> manyUnder(Mono<Lease> acquire, Function<? super Lease, ? extends Publisher<? extends T>> work) {
        return acquire.flatMapMany(lease -> {
            Flux<T> body = ForeignCode.<T>flux(() -> work.apply(lease))
                    .takeUntilOther(loss(lease))
                    .concatWith(checkValid(lease).then(Mono.empty()));
            return Flux.usingWhen(Mono.just(lease), held -> body, this::releaseQuietly)
                    .contextWrite(context -> LeaseContext.put(context, lease));
        });
    }

    @Override
    public LockClientOptions options() {
        return engine.runtime.options();
    }

    @Override
    public Mono<Void> connect() {
        return engine.connect();
    }

    @Override
    public Mono<Void> ping(Duration within) {
        return engine.ping(Durations.require("bound of a ping", within, Duration.ofMillis(1)));
    }

    @Override
    public Mono<Void> close() {
        return engine.close();
    }

    /** A lease time that the backend cannot keep fails at call time. (A10) */
    private LockRequest checked(LockRequest request) {
        LeaseTimes times = engine.leaseTimes();
        if (!times.contain(request.leaseTime())) {
            throw new IllegalArgumentException("the lease time with this backend is from "
                    + Durations.text(times.shortest()) + " to " + Durations.text(times.longest()) + ", not "
                    + Durations.text(request.leaseTime()));
        }
        return request;
    }

    /**
     * Ends the work by a value, since {@code takeUntilOther} cancels its source for a value only, not for an error; and never
     * without one, for work may go on after it released the lease itself. What it means is for {@link #checkValid}.
     */
    private static Mono<LeaseLoss> loss(Lease lease) {
        return lease.lost().switchIfEmpty(Mono.never());
    }

    /** Work that ended after validity did is lost work, noticed or not. */
    private static Mono<Void> checkValid(Lease lease) {
        return Mono.defer(() -> lease.isValid()
                ? Mono.empty()
                : lease.lost().flatMap(loss -> Mono.error(new LeaseLostException(loss))));
    }

    private Mono<Boolean> releaseQuietly(Lease lease) {
        return lease.release().onErrorResume(e -> {
            unreleased.tell(e);
            return Mono.empty();
        });
    }
}
