package io.reactivelock.internal;

import io.reactivelock.LockRequest;
import java.time.Duration;
import java.util.Optional;

/** What a request asks for, in nanoseconds. */
final class LeaseTerms {
    private LeaseTerms() {}

    /** How long a grant or a renewal is valid from before it was sent. */
    static long validityNanos(LockRequest request) {
        return request.leaseTime().toNanos() - request.driftMargin().toNanos();
    }

    /** The same for a lease that the backend keeps for so long: no longer than that. */
    static long validityNanos(LockRequest request, Duration kept) {
        return Math.min(
                validityNanos(request),
                Durations.nanos(kept) - request.driftMargin().toNanos());
    }

    /** Zero where the lease is not renewed. */
    static long renewalIntervalNanos(LockRequest request) {
        Optional<Duration> interval = request.renewalInterval();
        return interval.isPresent() ? interval.get().toNanos() : 0;
    }
}
