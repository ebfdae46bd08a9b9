package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One client and its backend, without a thread of their own: what happens, happens in the actors of a race. */
final class RaceScene implements LockBackend {
    static final LockRequest REQUEST =
            LockRequest.of("a").leaseTime(Duration.ofSeconds(10)).waitTime(Duration.ofSeconds(5));

    final AtomicLong now = new AtomicLong();
    final LockEngine engine = new LockEngine(
            this,
            LockClientOptions.defaults().localHandOff(10, REQUEST.leaseTime()).scheduler(new InlineScheduler(now)),
            new HolderSource(new Random(1)::nextBytes),
            bound -> 0);

    /** Attempts that wait for an answer. */
    final Queue<Sinks.One<AttemptResult>> attempts = new ConcurrentLinkedQueue<>();

    final AtomicInteger releases = new AtomicInteger();

    /** What was asked of a lock that is held, in order. */
    final Queue<String> calls = new ConcurrentLinkedQueue<>();

    /** Whether the backend has granted the lock, and it was not given back. */
    private volatile boolean held;

    /** One subscriber of an acquire, and what it got. */
    static final class Caller extends BaseSubscriber<Lease> {
        private final RaceScene scene;
        private volatile @Nullable Lease lease;
        private volatile @Nullable Throwable error;

        private Caller(RaceScene scene) {
            this.scene = scene;
        }

        @Override
        protected void hookOnNext(Lease value) {
            lease = value;
        }

        @Override
        protected void hookOnError(Throwable e) {
            error = e;
        }

        void acquire() {
            scene.engine.acquire(REQUEST).subscribe(this);
        }

        DefaultLease lease() {
            return ((LeaseHandle) Objects.requireNonNull(lease)).granted();
        }

        @Override
        public String toString() {
            Lease got = lease;
            Throwable failed = error;
            if (got != null) {
                return got.isValid() ? "has it" : "had it";
            }
            return failed == null ? "waits" : "got " + failed.getClass().getSimpleName();
        }
    }

    Caller caller() {
        return new Caller(this);
    }

    /** The backend's answer to the one attempt on its way. */
    void grant(int tokens) {
        held = true;
        attempts.remove()
                .tryEmitValue(new AttemptResult.Granted(1, tokens, false, REQUEST.leaseTime()))
                .orThrow();
    }

    /** The one acquire that waits comes to its deadline. */
    void deadline() {
        engine.runtime.timers().snapshot().stream()
                .filter(AcquireSubscription.class::isInstance)
                .forEach(subscription ->
                        subscription.onDue(engine.runtime.clock().nanos()));
    }

    /** The lock goes to another client. */
    void take() {
        held = false;
    }

    /** What the backend knows of this client. */
    @Override
    public String toString() {
        return (held ? "held" : "free") + (attempts.isEmpty() ? "" : " and asked for");
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        Sinks.One<AttemptResult> reply = Sinks.one();
        attempts.add(reply);
        return reply.asMono();
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        calls.add("renew");
        return Flux.never();
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return Mono.fromCallable(() -> {
            boolean was = held;
            held = false;
            releases.incrementAndGet();
            calls.add("release");
            return was;
        });
    }

    @Override
    public Consistency consistency() {
        return Consistency.LINEARIZABLE;
    }

    @Override
    public LeaseTimes leaseTimes() {
        return new LeaseTimes(Duration.ofMillis(1), Duration.ofDays(1), Duration.ofMillis(1));
    }

    @Override
    public Mono<Void> ping() {
        return Mono.empty();
    }

    @Override
    public Mono<Void> close() {
        return Mono.empty();
    }
}
