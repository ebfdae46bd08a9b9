package io.reactivelock;

import io.reactivelock.spi.AttemptResult;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Attempts until the deadline: woken by the backend's queue where it has one, and by the back-off in any case. // F1, F2 */
final class WaitingAcquisition extends Acquisition {
    private final @Nullable Waiters waiters;

    /** A signal came that no attempt has answered yet. */
    private final AtomicBoolean woken = new AtomicBoolean();

    /** Set once, by the first of: this counts as waiting, this ended. The other then knows what is left to do. */
    private final AtomicBoolean counted = new AtomicBoolean();

    private volatile int attempts;

    WaitingAcquisition(LockEngine engine, LockRequest request, CoreSubscriber<? super Lease> actual) {
        super(engine, request, actual);
        waiters = engine.waiters;
        if (waiters != null) {
            waiters.add(holder, this);
        }
    }

    @Override
    Mono<AttemptResult> attempt() {
        woken.set(false);
        return waiters == null
                ? engine.backend.tryAcquire(command())
                : waiters.queue().enqueue(command(), engine.options.maxBackOff());
    }

    @Override
    boolean queues() {
        return waiters != null;
    }

    @Override
    void onBusy(Duration remaining) {
        if (!counted.get() && !enter()) {
            return;
        }
        if (waiters == null) {
            park(engine.backOff.polling(nextAttempt(), remaining));
        } else {
            waiters.listen();
            park(engine.backOff.queued(remaining));
        }
        resumeIfWoken();
    }

    @Override
    void onFailure(LockBackendException failure) {
        if (failure.isTransient()) {
            park(engine.backOff.polling(nextAttempt()));
            resumeIfWoken();
        } else {
            fail(failure);
        }
    }

    @Override
    void onEnd() {
        if (waiters != null) {
            waiters.remove(holder);
        }
        if (!counted.compareAndSet(false, true)) {
            engine.waiting.decrementAndGet();
        }
    }

    /** The queue says that it is this acquire's turn. A signal that comes while an attempt is on its way causes one more. */
    void wake() {
        woken.set(true);
        resumeIfWoken();
    }

    private void resumeIfWoken() {
        if (woken.get()) {
            resume();
        }
    }

    private int nextAttempt() {
        int attempt = attempts;
        attempts = attempt + 1;
        return attempt;
    }

    private boolean enter() {
        boolean full = engine.waiting.incrementAndGet() > engine.options.maxWaiters();
        if (!full && counted.compareAndSet(false, true)) {
            return true;
        }
        engine.waiting.decrementAndGet();
        fail(new LockBackendException(
                request.name(),
                LockBackendException.Kind.TRANSIENT,
                engine.options.maxWaiters() + " acquires wait already; see LockClientOptions.maxWaiters",
                null));
        return false;
    }
}
