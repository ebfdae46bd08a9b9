package io.reactivelock.speed.cancel;

import io.lettuce.core.ScanIterator;
import io.reactivelock.speed.harness.RedisStats;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import reactor.core.publisher.Flux;

/**
 * What a storm left on the server.
 *
 * @param locks locks that are still held
 * @param withoutExpiry keys that no time ends
 * @param waiters entries of queues
 * @param channels channels that somebody is subscribed to
 */
record Leftovers(long locks, long withoutExpiry, long waiters, long channels) {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    /**
     * Looks again and again until nothing is left but channels, or the time is over.
     *
     * @param patience longer than the lease time of the storm, which nobody renews
     * @param isLock tells the keys of locks from others
     */
    static Leftovers whenSettled(RedisStats redis, Duration patience, Predicate<String> isLock) {
        long begun = System.nanoTime();
        return Objects.requireNonNull(Flux.interval(Duration.ZERO, BETWEEN_LOOKS)
                .onBackpressureDrop()
                .map(tick -> look(redis, isLock))
                .takeUntil(found -> found.keys() == 0 || System.nanoTime() - begun > patience.toNanos())
                .blockLast());
    }

    private static Leftovers look(RedisStats redis, Predicate<String> isLock) {
        List<String> keys = ScanIterator.scan(redis.redis()).stream().distinct().toList();
        return new Leftovers(
                keys.stream().filter(isLock).count(),
                keys.stream().filter(key -> redis.redis().pttl(key) == -1).count(),
                keys.stream().mapToLong(key -> waiters(redis, key)).sum(),
                redis.redis().pubsubChannels().size());
    }

    private static long waiters(RedisStats redis, String key) {
        return switch (redis.redis().type(key)) {
            case "zset" -> redis.redis().zcard(key);
            case "list" -> redis.redis().llen(key);
            default -> 0;
        };
    }

    private long keys() {
        return locks + withoutExpiry + waiters;
    }

    /** The same with the channels of now. */
    Leftovers withChannels(RedisStats redis) {
        return new Leftovers(
                locks, withoutExpiry, waiters, redis.redis().pubsubChannels().size());
    }

    /** Adds all up. */
    long total() {
        return keys() + channels;
    }
}
