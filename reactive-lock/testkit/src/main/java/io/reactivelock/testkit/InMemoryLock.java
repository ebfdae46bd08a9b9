package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All that the in-memory server knows of one lock, and the rules by which it changes. Guarded by the backend. Every step takes the
 * server's time, and first lets go of a lease that has ended by then; to look at the lock changes nothing.
 */
final class InMemoryLock {
    /** For how long a free lock waits for the waiter whose turn it is; one that died costs the others no more than this. */
    private static final long TURN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Consumer<Holder> signal;
    private final LinkedHashSet<Holder> queue = new LinkedHashSet<>();
    private @Nullable Holder holder;
    private long expiresAt;
    private long token;
    private @Nullable Holder lastReleased;
    private @Nullable Holder turn;
    private long turnEndsAt;

    InMemoryLock(Consumer<Holder> signal) {
        this.signal = signal;
    }

    AttemptResult tryAcquire(AcquireCommand command, long now) {
        refresh(now);
        boolean mine = command.holder().equals(holder);
        if (!mine && holder != null) {
            return new AttemptResult.Busy(Duration.ofNanos(expiresAt - now));
        }
        if (!mine && turn != null && !command.holder().equals(turn)) {
            return new AttemptResult.Busy(Duration.ofNanos(turnEndsAt - now));
        }
        if (!mine) {
            token = nextToken(command, now);
            holder = command.holder();
            queue.remove(holder);
            turn = null;
        }
        expiresAt = now + command.leaseTime().toNanos();
        return new AttemptResult.Granted(token);
    }

    AttemptResult enqueue(AcquireCommand command, long now) {
        AttemptResult result = tryAcquire(command, now);
        if (result instanceof AttemptResult.Busy) {
            queue.add(command.holder());
        }
        return result;
    }

    void leave(Holder who, long now) {
        refresh(now);
        queue.remove(who);
        if (who.equals(turn)) {
            nextTurn(now);
        }
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
            nextTurn(now);
        }
        return who.equals(lastReleased);
    }

    void expire(long now) {
        if (holder != null) {
            expiresAt = now;
        }
    }

    long steal(AcquireCommand thief, long now) {
        holder = null;
        turn = null;
        tryAcquire(thief, now);
        return token;
    }

    @Nullable
    Holder holder(long now) {
        return isHeld(now) ? holder : null;
    }

    Duration remaining(long now) {
        return isHeld(now) ? Duration.ofNanos(expiresAt - now) : Duration.ZERO;
    }

    List<Holder> queue() {
        return new ArrayList<>(queue);
    }

    long token() {
        return token;
    }

    private boolean isHeld(long now) {
        return holder != null && now - expiresAt < 0;
    }

    private void refresh(long now) {
        if (holder != null && !isHeld(now)) {
            holder = null;
            nextTurn(now);
        }
        while (turn != null && now - turnEndsAt >= 0) {
            queue.remove(turn);
            nextTurn(now);
        }
    }

    private void nextTurn(long now) {
        turn = queue.isEmpty() ? null : queue.iterator().next();
        if (turn != null) {
            turnEndsAt = now + TURN_NANOS;
            signal.accept(turn);
        }
    }

    private long nextToken(AcquireCommand command, long now) {
        long highest = Math.max(token, command.tokenAbove());
        if (highest == Long.MAX_VALUE) {
            throw new LockBackendException(
                    command.name(), Kind.PERMANENT, "there is no fencing token above " + highest, null);
        }
        return Math.max(highest + 1, TimeUnit.NANOSECONDS.toMicros(now));
    }
}
