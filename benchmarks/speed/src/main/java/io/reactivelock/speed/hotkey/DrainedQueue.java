package io.reactivelock.speed.hotkey;

import io.reactivelock.speed.harness.Ratios;
import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.MeasuredLock;
import io.reactivelock.speed.subject.MeasuredLock.HeldLock;
import io.reactivelock.speed.subject.Subject;
import io.reactivelock.speed.subject.Subjects;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Counts what a hand-off asks of the server. One client holds the lock, 16 others wait; then it is released, and every waiter
 * releases it as soon as it gets it. Nobody queues up anew, so what is counted is hand-offs and nothing else.
 */
final class DrainedQueue {
    private static final int REPEATS = 5;
    private static final Duration QUIET = Duration.ofMillis(200);

    private DrainedQueue() {}

    /** Returns the script calls of one hand-off: the median of some queues, each on the average of its hand-offs. */
    static double scriptCallsPerHandOff(Subject subject, String server) {
        try (RedisStats redis = new RedisStats(server)) {
            redis.flush();
            List<MeasuredLock> clients = Subjects.open(subject, server, 1 + ManyClients.CLIENTS);
            try {
                return Ratios.median(IntStream.range(0, REPEATS)
                        .mapToObj(i -> (double) drain(clients, "drained:" + i, redis) / ManyClients.CLIENTS)
                        .toList());
            } finally {
                Subjects.close(clients);
            }
        }
    }

    private static long drain(List<MeasuredLock> clients, String name, RedisStats redis) {
        HeldLock held = Objects.requireNonNull(clients.get(0).acquire(name).block());
        Mono<Void> waiters = Flux.fromIterable(clients)
                .skip(1)
                .flatMap(client -> client.cycle(name), ManyClients.CLIENTS)
                .then()
                .cache();
        waiters.subscribe(done -> {}, failure -> {});
        long queued = whenQuiet(redis);
        held.release().block();
        waiters.block();
        long lastRelease = 1;
        return whenQuiet(redis) - lastRelease - queued;
    }

    /** Returns the script calls when there have been no further ones for a while. */
    private static long whenQuiet(RedisStats redis) {
        return Objects.requireNonNull(Flux.interval(QUIET)
                .map(tick -> redis.scriptCalls())
                .buffer(2, 1)
                .filter(pair -> pair.get(0).equals(pair.get(1)))
                .map(pair -> pair.get(0))
                .blockFirst());
    }
}
