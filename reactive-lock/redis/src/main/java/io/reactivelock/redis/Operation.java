package io.reactivelock.redis;

import io.netty.buffer.ByteBuf;
import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One operation of {@code lock.lua} on one lock: what it sends, and how its answer is read.
 *
 * @param <T> what it comes to
 */
abstract class Operation<T> {
    private static final char FAILED = '-';

    final String lockName;
    final LockKeys keys;
    final Holder holder;
    private final byte[] word;

    private Operation(String keyPrefix, String lockName, Holder holder, byte[] word) {
        this.lockName = Objects.requireNonNull(lockName, "lockName");
        this.keys = new LockKeys(keyPrefix, lockName);
        this.holder = Objects.requireNonNull(holder, "holder");
        this.word = word;
    }

    /** Returns how many arguments {@link #write} writes. */
    int arguments() {
        return 2;
    }

    void write(ByteBuf out) {
        out.writeBytes(word);
        Resp.holder(out, holder);
    }

    /**
     * Reads the answer, which is a part of the reply to the call.
     *
     * @return null where there is nothing to say but that it was done
     */
    final @Nullable T read(String reply, int from, int to) {
        if (reply.charAt(from) == FAILED) {
            throw RedisErrors.ofReply(lockName, reply.substring(from + 1, to));
        }
        return result(reply, from, to);
    }

    abstract @Nullable T result(String reply, int from, int to);

    /** In the server's unit, rounded up. */
    static long millis(Duration duration) {
        return duration.plusNanos(999_999).toMillis();
    }

    /** The server's clock, which counts microseconds. */
    static Duration micros(long micros) {
        return Duration.ofSeconds(micros / 1_000_000, micros % 1_000_000 * 1_000);
    }

    /** One attempt to take the lock. */
    static class Try extends Operation<AttemptResult> {
        private static final byte[] WORD = Resp.constant("try");

        private final AcquireCommand command;

        Try(String keyPrefix, AcquireCommand command) {
            this(keyPrefix, command, WORD);
        }

        private Try(String keyPrefix, AcquireCommand command, byte[] word) {
            super(keyPrefix, command.name(), command.holder(), word);
            this.command = command;
        }

        @Override
        int arguments() {
            return 5;
        }

        @Override
        void write(ByteBuf out) {
            super.write(out);
            Resp.number(out, millis(command.leaseTime()));
            Resp.number(out, command.tokenAbove());
            Resp.number(out, command.tokens());
        }

        @Override
        AttemptResult result(String reply, int from, int to) {
            int first = reply.indexOf(' ', from);
            int second = reply.indexOf(' ', first + 1);
            return switch (reply.charAt(from)) {
                case '+' ->
                    new AttemptResult.Granted(
                            number(reply, from + 1, first),
                            (int) number(reply, first + 1, second),
                            reply.charAt(second + 1) == '1');
                case 'b' -> new AttemptResult.Busy(Duration.ofMillis(number(reply, from + 1, to)));
                case 'q' ->
                    new AttemptResult.Queued(
                            Duration.ofMillis(number(reply, from + 1, first)),
                            Duration.ofMillis(number(reply, first + 1, second)),
                            micros(number(reply, second + 1, to)));
                default -> throw new IllegalArgumentException("not an answer to an attempt: " + reply);
            };
        }

        private static long number(String reply, int from, int to) {
            return Long.parseLong(reply, from, to, 10);
        }
    }

    /** One attempt to take the lock, or to stand in its queue. */
    static final class Enqueue extends Try {
        private static final byte[] WORD = Resp.constant("enqueue");

        private final long checkIntervalMillis;

        Enqueue(String keyPrefix, AcquireCommand command, Duration checkInterval) {
            super(keyPrefix, command, WORD);
            this.checkIntervalMillis = millis(checkInterval);
        }

        @Override
        int arguments() {
            return 6;
        }

        @Override
        void write(ByteBuf out) {
            super.write(out);
            Resp.number(out, checkIntervalMillis);
        }
    }

    /** Frees the lock, or hands it on; true if this holder had it. */
    static final class Release extends Operation<Boolean> {
        private static final byte[] WORD = Resp.constant("release");

        Release(String keyPrefix, String lockName, Holder holder) {
            super(keyPrefix, lockName, holder, WORD);
        }

        @Override
        Boolean result(String reply, int from, int to) {
            return reply.charAt(from) == '1';
        }
    }

    /** Takes back a place in the queue, or a grant. */
    static final class Leave extends Operation<Void> {
        private static final byte[] WORD = Resp.constant("leave");

        Leave(String keyPrefix, String lockName, Holder holder) {
            super(keyPrefix, lockName, holder, WORD);
        }

        @Override
        @Nullable
        Void result(String reply, int from, int to) {
            return null;
        }
    }
}
