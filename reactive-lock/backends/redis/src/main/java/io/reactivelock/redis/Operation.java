package io.reactivelock.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

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
    private final byte[] asked;
    private final Holder holder;

    /** What is asked for, as the script reads it, and for whom. */
    private Operation(String keyPrefix, String lockName, byte[] asked, Holder holder) {
        this.lockName = Objects.requireNonNull(lockName, "lockName");
        this.keys = new LockKeys(keyPrefix, lockName);
        this.asked = asked;
        this.holder = Objects.requireNonNull(holder, "holder");
    }

    final void write(ByteBuf out) {
        Resp.string(out, asked);
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

    /** One attempt to take the lock, or else to stand in its queue. */
    static final class Attempt extends Operation<AttemptResult> {
        private final Duration leaseTime;

        private Attempt(String keyPrefix, AcquireCommand command, String asked) {
            super(keyPrefix, command.name(), asked.getBytes(US_ASCII), command.holder());
            leaseTime = command.leaseTime();
        }

        static Attempt tryOnce(String keyPrefix, AcquireCommand command) {
            return new Attempt(keyPrefix, command, "try " + terms(command));
        }

        /**
         * @param checkInterval how soon the first in the queue asks again
         * @param channel where it hears of a grant
         * @param receivers how many have to hear of it there
         * @param claimTime how long such a grant lasts, if not shorter
         */
        static Attempt enqueue(
                String keyPrefix,
                AcquireCommand command,
                Duration checkInterval,
                String channel,
                int receivers,
                Duration claimTime) {
            Duration claim = claimTime.compareTo(command.leaseTime()) < 0 ? claimTime : command.leaseTime();
            String asked = "enqueue " + terms(command) + ' ' + millis(checkInterval) + ' ' + channel + ' ' + receivers
                    + ' ' + millis(claim);
            return new Attempt(keyPrefix, command, asked);
        }

        private static String terms(AcquireCommand command) {
            return millis(command.leaseTime()) + " " + command.tokenAbove() + " " + command.tokens();
        }

        @Override
        AttemptResult result(String reply, int from, int to) {
            int first = space(reply, from, to);
            int second = space(reply, first + 1, to);
            return switch (reply.charAt(from)) {
                case '+' ->
                    new AttemptResult.Granted(
                            number(reply, from + 1, first),
                            first == to ? 1 : (int) number(reply, first + 1, second),
                            first != to && reply.charAt(second + 1) == '1',
                            leaseTime);
                case 'b' -> new AttemptResult.Busy(Duration.ofMillis(number(reply, from + 1, to)));
                case 'q' ->
                    new AttemptResult.Queued(
                            Duration.ofMillis(number(reply, from + 1, first)),
                            Duration.ofMillis(number(reply, first + 1, second)),
                            micros(number(reply, second + 1, to)));
                default -> throw new IllegalArgumentException("not an answer to an attempt: " + reply);
            };
        }

        private static int space(String reply, int from, int to) {
            int space = reply.indexOf(' ', from);
            return space < 0 || space > to ? to : space;
        }

        private static long number(String reply, int from, int to) {
            return Long.parseLong(reply, from, to, 10);
        }
    }

    /** Frees the lock, or hands it on; true if this holder had it. */
    static final class Release extends Operation<Boolean> {
        private static final byte[] RELEASE = "release".getBytes(US_ASCII);

        Release(String keyPrefix, String lockName, Holder holder) {
            super(keyPrefix, lockName, RELEASE, holder);
        }

        @Override
        Boolean result(String reply, int from, int to) {
            return reply.charAt(from) == '1';
        }
    }

    /** Takes back a place in the queue, or a grant. */
    static final class Leave extends Operation<Void> {
        private static final byte[] LEAVE = "leave".getBytes(US_ASCII);

        Leave(String keyPrefix, String lockName, Holder holder) {
            super(keyPrefix, lockName, LEAVE, holder);
        }

        @Override
        @Nullable
        Void result(String reply, int from, int to) {
            return null;
        }
    }
}
