package io.reactivelock.spring.actuate;

import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import io.reactivelock.LockObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * Keeps what this process holds and waits for now, and what has happened so far to each group of locks. Bounded by what is held, what
 * waits, and a number of groups.
 */
final class LockActivity implements LockObserver {
    /** Groups are few; where an application makes them of names, the first ones are kept. */
    static final int MAX_GROUPS = 1_000;

    private final Scheduler clock;

    /** By identity, with the moment of the grant in nanoseconds. */
    private final Map<Lease, Long> held = new ConcurrentHashMap<>();

    private final Map<String, Integer> waiting = new ConcurrentHashMap<>();
    private final AtomicLong waitingCount = new AtomicLong();
    private final Map<String, GroupActivity> groups = new ConcurrentHashMap<>();

    /** A lease that is held, and for how long. */
    record HeldLease(Lease lease, Duration heldFor) {}

    /** How many wait for a lock. */
    record WaitedFor(String name, int count) {}

    /**
     * @param clock read, and nothing is scheduled on it
     */
    LockActivity(Scheduler clock) {
        this.clock = clock;
    }

    /** {@return what is held, the longest first} */
    List<HeldLease> held() {
        long now = nanos();
        return held.entrySet().stream()
                .map(each -> new HeldLease(each.getKey(), Duration.ofNanos(now - each.getValue())))
                .sorted(Comparator.comparing(HeldLease::heldFor).reversed())
                .toList();
    }

    /** {@return what is waited for, the most wanted first} */
    List<WaitedFor> waiting() {
        return waiting.entrySet().stream()
                .map(each -> new WaitedFor(each.getKey(), each.getValue()))
                .filter(lock -> lock.count() > 0)
                .sorted(Comparator.comparing(WaitedFor::count).reversed().thenComparing(WaitedFor::name))
                .toList();
    }

    /** {@return what has happened so far, by group} */
    List<GroupActivity.Summary> groups() {
        return groups.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(each -> each.getValue().summary(each.getKey()))
                .toList();
    }

    int heldCount() {
        return held.size();
    }

    long waitingCount() {
        return Math.max(0, waitingCount.get());
    }

    @Override
    public void acquireQueued(Acquire acquire) {
        count(acquire, 1);
    }

    private void stopsWaiting(Acquire acquire) {
        if (acquire.isQueued()) {
            count(acquire, -1);
        }
    }

    /** An end can be told before its beginning, by another thread: what adds up to nothing is nothing. */
    private void count(Acquire acquire, int change) {
        waiting.merge(acquire.name(), change, (before, more) -> before + more == 0 ? null : before + more);
        waitingCount.addAndGet(change);
    }

    @Override
    public void acquireGranted(Acquire acquire, Lease lease, GrantPath path) {
        stopsWaiting(acquire);
        held.put(lease, nanos());
        if (!lease.isValid()) {
            held.remove(lease); // it was lost on its way, and that may have been told before
        }
        group(acquire.group()).ifPresent(group -> group.acquired(wallClock()));
    }

    @Override
    public void acquireEnded(Acquire acquire, AcquireEnd end, @Nullable Throwable error) {
        stopsWaiting(acquire);
        group(acquire.group()).ifPresent(group -> group.ended(end, wallClock()));
    }

    @Override
    public void leaseReleased(Lease lease, Duration time) {
        held.remove(lease);
        group(lease.group()).ifPresent(group -> group.released(time));
    }

    @Override
    public void leaseLost(Lease lease, LeaseLoss loss, Duration time) {
        held.remove(lease);
        group(lease.group()).ifPresent(group -> group.lost(time));
    }

    private Optional<GroupActivity> group(String name) {
        GroupActivity known = groups.get(name);
        return known == null && groups.size() < MAX_GROUPS
                ? Optional.of(groups.computeIfAbsent(name, unseen -> new GroupActivity()))
                : Optional.ofNullable(known);
    }

    private long nanos() {
        return clock.now(TimeUnit.NANOSECONDS);
    }

    private Instant wallClock() {
        return Instant.ofEpochMilli(clock.now(TimeUnit.MILLISECONDS));
    }
}
