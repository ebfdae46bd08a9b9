package io.reactivelock.speed.renewal;

import io.reactivelock.speed.harness.BenchmarkException;
import io.reactivelock.speed.harness.Heap;
import io.reactivelock.speed.harness.Ratios;
import io.reactivelock.speed.harness.RedisStats;
import java.time.Duration;
import reactor.core.publisher.Flux;

/**
 * One client takes many locks and keeps them. For three renewal intervals, the first one having passed, the server's script calls
 * and CPU time are counted.
 *
 * @param renewals how many leases were renewed
 * @param scriptCalls how many scripts were called for that
 * @param cpuPercent what of a processor the server used
 * @param heapBytes what a lease takes of this JVM's heap
 * @param late how many leases were renewed late, or lost
 */
record HeldLeases(long renewals, long scriptCalls, double cpuPercent, double heapBytes, long late) {
    private static final int AT_A_TIME = 256;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    static HeldLeases measure(Holders opened, int count, Duration leaseTime, RedisStats redis) {
        HeldLeases measured;
        try (Holders holders = opened) {
            measured = hold(holders, count, leaseTime, redis);
        }
        return new HeldLeases(
                measured.renewals, measured.scriptCalls, measured.cpuPercent, measured.heapBytes, opened.late());
    }

    private static HeldLeases hold(Holders holders, int count, Duration leaseTime, RedisStats redis) {
        holders.hold(0).block(); // which connects
        long heapBefore = Heap.used();
        Flux.range(1, count - 1).flatMap(holders::hold, AT_A_TIME).blockLast();
        double heapBytes = Ratios.ratio((double) (Heap.used() - heapBefore), count - 1);
        look(holders, leaseTime.dividedBy(3));

        long renewals = holders.renewals();
        long scriptCalls = redis.scriptCalls();
        double cpuSeconds = redis.cpuSeconds();
        long begun = System.nanoTime();
        look(holders, leaseTime);
        double seconds = (System.nanoTime() - begun) / 1e9;
        HeldLeases measured = new HeldLeases(
                holders.renewals() - renewals,
                redis.scriptCalls() - scriptCalls,
                100 * (redis.cpuSeconds() - cpuSeconds) / seconds,
                heapBytes,
                holders.late());
        if (measured.renewals == 0) {
            throw new BenchmarkException("None of " + count + " held leases was renewed.");
        }
        return measured;
    }

    private static void look(Holders holders, Duration time) {
        Flux.interval(Duration.ZERO, BETWEEN_LOOKS)
                .onBackpressureDrop()
                .take(time)
                .doOnNext(tick -> holders.look())
                .blockLast();
    }

    double callsPer100() {
        return 100.0 * scriptCalls / renewals;
    }
}
