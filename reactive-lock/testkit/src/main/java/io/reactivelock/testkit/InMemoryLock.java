package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All that the in-memory server knows of one lock, and the rules by which it changes. Guarded by the backend. Every step takes the
 * server's time, and first lets go of a lease that has ended by then; to look at the lock changes nothing.
 */
final class InMemoryLock {
    /** For how long the lock is kept for a waiter that it was handed to; one that died costs the others no more than this. */
    private static final long CLAIM_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A waiter that stays silent for so many times the interval that it was told loses its place. */
    private static final int MISSED_CHECKS = 3;

    /** A waiter that stands so much further back is told to ask half as often as the first one. */
    private static final int PLACES = 8;

    private final Consumer<WaitSignal> signal;
    private final Map<Holder, Waiter> queue = new LinkedHashMap<>();
    private @Nullable Holder holder;
    private long expiresAt;
    private AttemptResult.Granted grant = new AttemptResult.Granted(0, 0, false, Duration.ZERO);
    private @Nullable Holder lastReleased;

    private record Waiter(AcquireCommand command, long aliveUntil) {}

    InMemoryLock(Consumer<WaitSignal> signal) {
        this.signal = signal;
    }

    AttemptResult tryAcquire(AcquireCommand command, long now) {
        refresh(now);
        if (command.holder().equals(holder)) {
            expiresAt = now + command.leaseTime().toNanos();
            grant = keptFor(command.leaseTime());
            return grant;
        }
        return holder == null ? take(command, now) : new AttemptResult.Busy(Duration.ofNanos(expiresAt - now));
    }

    AttemptResult enqueue(AcquireCommand command, Duration checkInterval, long now) {
        AttemptResult result = tryAcquire(command, now);
        if (!(result instanceof AttemptResult.Busy busy)) {
            return result;
        }
        if (queue.isEmpty() && grant.tokens() > 1 && holder != null) {
            signal.accept(new WaitSignal.Contended(holder));
        }
        int place = place(command.holder());
        Duration checkAfter =
                checkInterval.plus(checkInterval.multipliedBy(place).dividedBy(PLACES));
        long aliveUntil = now + checkAfter.multipliedBy(MISSED_CHECKS).toNanos();
        queue.put(command.holder(), new Waiter(command, aliveUntil));
        return new AttemptResult.Queued(busy.remaining(), checkAfter, Duration.ofNanos(now));
    }

    void leave(Holder who, long now) {
        refresh(now);
        queue.remove(who);
        release(who, now);
    }

    boolean renew(Holder who, Duration leaseTime, long now) {
        refresh(now);
        boolean held = who.equals(holder);
        if (held) {
            expiresAt = now + leaseTime.toNanos();
        }
        return held;
    }

    boolean release(Holder who, long now) {
        refresh(now);
        if (who.equals(holder)) {
            lastReleased = who;
            holder = null;
            handOff(now);
        }
        return who.equals(lastReleased);
    }

    void expire(long now) {
        if (holder != null) {
            expiresAt = now;
        }
    }

    /** Returns whose lease it was, null where there was none. */
    @Nullable
    Holder end(long now) {
        refresh(now);
        Holder ended = holder;
        expire(now);
        refresh(now);
        return ended;
    }

    long steal(AcquireCommand thief, long now) {
        return take(thief, now).token();
    }

    @Nullable
    Holder holder(long now) {
        return isHeld(now) ? holder : null;
    }

    Duration remaining(long now) {
        return isHeld(now) ? Duration.ofNanos(expiresAt - now) : Duration.ZERO;
    }

    List<Holder> queue() {
        return new ArrayList<>(queue.keySet());
    }

    /** Returns the highest token that was given to any grant. */
    long token() {
        return grant.token() + Math.max(0, grant.tokens() - 1);
    }

    private boolean isHeld(long now) {
        return holder != null && now - expiresAt < 0;
    }

    private void refresh(long now) {
        if (holder != null && !isHeld(now)) {
            holder = null;
            handOff(now);
        }
    }

    /** Grants the free lock to the first waiter that is alive, for a short time; those before it lose their place. */
    private void handOff(long now) {
        Iterator<Waiter> waiters = queue.values().iterator();
        while (holder == null && waiters.hasNext()) {
            Waiter first = waiters.next();
            waiters.remove();
            if (now - first.aliveUntil < 0) {
                take(first.command, now);
                long claimNanos =
                        Math.min(CLAIM_NANOS, first.command.leaseTime().toNanos());
                expiresAt = now + claimNanos;
                signal.accept(new WaitSignal.HandOff(
                        first.command.holder(), keptFor(Duration.ofNanos(claimNanos)), Duration.ofNanos(now)));
            }
        }
    }

    private AttemptResult.Granted take(AcquireCommand command, long now) {
        long highest = Math.max(token(), command.tokenAbove());
        if (highest > Long.MAX_VALUE - command.tokens()) {
            throw new LockBackendException(
                    command.name(), Kind.PERMANENT, "there is no fencing token above " + highest, null);
        }
        queue.remove(command.holder());
        holder = command.holder();
        expiresAt = now + command.leaseTime().toNanos();
        grant = new AttemptResult.Granted(
                Math.max(highest + 1, TimeUnit.NANOSECONDS.toMicros(now)),
                command.tokens(),
                !queue.isEmpty(),
                command.leaseTime());
        return grant;
    }

    private AttemptResult.Granted keptFor(Duration leaseTime) {
        return new AttemptResult.Granted(grant.token(), grant.tokens(), grant.contended(), leaseTime);
    }

    /** How many stand before this one. */
    private int place(Holder who) {
        int before = 0;
        for (Holder other : queue.keySet()) {
            if (other.equals(who)) {
                break;
            }
            before++;
        }
        return before;
    }
}
