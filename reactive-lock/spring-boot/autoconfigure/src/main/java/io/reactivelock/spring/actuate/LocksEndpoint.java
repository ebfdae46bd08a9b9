package io.reactivelock.spring.actuate;

import io.reactivelock.LockClient;
import io.reactivelock.spring.actuate.LockActivity.HeldLease;
import io.reactivelock.spring.actuate.LockActivity.WaitedFor;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.Sanitizer;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;

/**
 * Shows what this process holds and waits for. It asks no backend, so it says nothing of the locks of other processes; and it frees
 * nothing, for a holder that goes on without its lock is what locks are there to prevent.
 */
@Endpoint(id = "locks")
final class LocksEndpoint {
    /** Under which key a {@link SanitizingFunction} sees a lock name. */
    static final String NAME_KEY = "lock.name";

    private final LockActivity activity;
    private final LockClient locks;
    private final Sanitizer sanitizer;
    private final Show showValues;

    LocksEndpoint(
            LockActivity activity,
            LockClient locks,
            Iterable<SanitizingFunction> sanitizingFunctions,
            Show showValues) {
        this.activity = activity;
        this.locks = locks;
        this.sanitizer = new Sanitizer(sanitizingFunctions);
        this.showValues = showValues;
    }

    /** All that is held and waited for. */
    record LocksDescriptor(
            List<LeaseDescriptor> locks,
            List<WaitingDescriptor> waiting,
            List<GroupActivity.Summary> groups,
            int maxWaiters)
            implements OperationResponseBody {}

    /** One lock. */
    record LockDescriptor(String name, List<LeaseDescriptor> locks, int waiting) implements OperationResponseBody {}

    /** A lease that is held. */
    record LeaseDescriptor(
            String name, String group, long token, String holder, Duration heldFor, Duration remaining) {}

    /** How many wait for a lock. */
    record WaitingDescriptor(String name, int count) {}

    @ReadOperation
    LocksDescriptor locks() {
        return locks(showValues.isShown(true));
    }

    @ReadOperation
    @Nullable
    LockDescriptor lock(@Selector(match = Match.ALL_REMAINING) String... name) {
        return lock(name(name), showValues.isShown(true));
    }

    LocksDescriptor locks(boolean shown) {
        return new LocksDescriptor(
                activity.held().stream().map(lease -> lease(lease, shown)).toList(),
                activity.waiting().stream()
                        .map(lock -> new WaitingDescriptor(masked(lock.name(), shown), lock.count()))
                        .toList(),
                activity.groups(),
                locks.options().maxWaiters());
    }

    /** {@return the lock, or null where it is neither held nor waited for here} */
    @Nullable
    LockDescriptor lock(String name, boolean shown) {
        List<LeaseDescriptor> held = activity.held().stream()
                .filter(lease -> lease.lease().name().equals(name))
                .map(lease -> lease(lease, shown))
                .toList();
        int waiting = activity.waiting().stream()
                .filter(lock -> lock.name().equals(name))
                .mapToInt(WaitedFor::count)
                .sum();
        return held.isEmpty() && waiting == 0 ? null : new LockDescriptor(masked(name, shown), held, waiting);
    }

    /** A name may have slashes, which are more segments of the path. */
    static String name(String... segments) {
        StringBuilder name = new StringBuilder();
        for (String segment : segments) {
            name.append(name.isEmpty() ? "" : "/").append(segment);
        }
        return name.toString();
    }

    private LeaseDescriptor lease(HeldLease held, boolean shown) {
        return new LeaseDescriptor(
                masked(held.lease().name(), shown),
                held.lease().group(),
                held.lease().token().value(),
                held.lease().backendHolder().toString(),
                held.heldFor(),
                held.lease().remaining());
    }

    private String masked(String name, boolean shown) {
        return String.valueOf(sanitizer.sanitize(new SanitizableData(null, NAME_KEY, name), shown));
    }
}
