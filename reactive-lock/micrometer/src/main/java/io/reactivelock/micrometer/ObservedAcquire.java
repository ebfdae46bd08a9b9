package io.reactivelock.micrometer;

import io.micrometer.observation.Observation;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLostException;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * One subscription: the observation of its acquire, and of the lease that it got. It keeps no lease, for one that nobody else can reach
 * any more has to be found dropped.
 */
final class ObservedAcquire {
    private final LockInstrumentation instrumentation;
    private final LockRequest request;
    private final @Nullable Observation outside;
    private final QuietObservation acquire;
    private volatile @Nullable QuietObservation hold;

    ObservedAcquire(LockInstrumentation instrumentation, LockRequest request, ContextView subscriber) {
        this.instrumentation = instrumentation;
        this.request = request;
        outside = QuietObservation.around(subscriber);
        acquire = instrumentation.acquire(request, outside);
    }

    /** {@return that of the subscription in whose work the subscriber begins, or null where nothing is observed} */
    static @Nullable ObservedAcquire of(ContextView subscriber) {
        return subscriber.getOrDefault(ObservedAcquire.class, null);
    }

    /** For the attempts at the backend. */
    Context putInto(Context context) {
        return acquire.putInto(context.put(ObservedAcquire.class, this), outside);
    }

    /** For the work under the lock. */
    Context putIntoWork(Context context) {
        Context work = context.delete(ObservedAcquire.class);
        QuietObservation held = hold;
        return held == null ? work : held.putInto(work, outside);
    }

    void granted(Lease lease) {
        acquire.token(lease.token());
        acquire.end("acquired");
        QuietObservation held = instrumentation.hold(request, lease.token(), acquire.parent());
        hold = held;
        lease.lost()
                .subscribe(
                        loss -> {
                            held.failed(new LeaseLostException(loss));
                            held.end("lost");
                        },
                        never -> {},
                        () -> held.end("released"));
    }

    /** It completed: without a lease, someone else had the lock. */
    void completed() {
        acquire.end("busy");
    }

    void cancelled() {
        acquire.end("cancelled");
    }

    /** The work failed, or the acquire before it. */
    void failed(Throwable error) {
        acquire.failed(error);
        acquire.end(error instanceof LockTimeoutException ? "timeout" : "error");
    }

    void workFailed(Throwable error) {
        QuietObservation held = hold;
        if (held != null) {
            held.failed(error);
        }
    }
}
