package io.reactivelock.benchmarks.renewal;

import static io.reactivelock.benchmarks.subject.Subject.REACTIVE_LOCK;
import static io.reactivelock.benchmarks.subject.Subject.REDISSON;

import io.reactivelock.benchmarks.harness.Answer;
import io.reactivelock.benchmarks.harness.Bench;
import io.reactivelock.benchmarks.harness.Key;
import io.reactivelock.benchmarks.harness.Question;
import io.reactivelock.benchmarks.harness.RedisStats;
import io.reactivelock.benchmarks.subject.Subject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Measures {@link HeldLeases}, one subject after the other, for they would share the server's CPU. */
public final class RenewalQuestion implements Question {
    private static final List<Subject> SUBJECTS = List.of(REACTIVE_LOCK, REDISSON);

    @Override
    public String name() {
        return "renewal";
    }

    @Override
    public String title() {
        return "Held leases";
    }

    @Override
    public Set<Key> keys() {
        return Set.of(Key.RENEW_CALLS_PER_100_LEASES, Key.RENEW_LATE, Key.HEAP_BYTES_PER_LEASE);
    }

    @Override
    public Answer answer(Bench bench) {
        int count = bench.plan().leases();
        Duration leaseTime = bench.plan().heldLeaseTime();
        try (RedisStats redis = new RedisStats(bench.redis())) {
            redis.flush();
            bench.progress().accept("HeldLeases-" + REACTIVE_LOCK);
            OurHolders ourHolders = new OurHolders(bench.redis(), leaseTime, count);
            HeldLeases ours;
            try (ourHolders) {
                ours = HeldLeases.measure(ourHolders, count, leaseTime, redis);
            }
            redis.flush();
            bench.progress().accept("HeldLeases-" + REDISSON);
            HeldLeases redissons;
            try (Holders holders = new RedissonHolders(bench.redis(), leaseTime, count, redis)) {
                redissons = HeldLeases.measure(holders, count, leaseTime, redis);
            }
            return answer(bench.plan().leases(), leaseTime, ours, redissons, ourHolders.late());
        }
    }

    private Answer answer(int count, Duration leaseTime, HeldLeases ours, HeldLeases redissons, long late) {
        ToDoubleFunction<Subject> calls =
                subject -> of(subject, ours, redissons).callsPer100();
        return new Answer.Builder(this)
                .figures("script calls for 100 renewals", "calls", SUBJECTS, calls)
                .figures(
                        "Redis CPU",
                        "% of a processor",
                        SUBJECTS,
                        subject -> of(subject, ours, redissons).cpuPercent())
                .figures(
                        "heap",
                        "bytes/lease",
                        SUBJECTS,
                        subject -> (double) of(subject, ours, redissons).heapBytes() / count)
                .figure("late or lost", "leases", REACTIVE_LOCK.title(), (double) late)
                .note(String.format(
                        Locale.ROOT,
                        "%,d leases of %d s, renewed every third of it, watched for %d s. The others: bare Lettuce and ShedLock do not"
                                + " renew; Spring Integration does, with a task for each lock, where it is given a scheduler."
                                + " Redisson does not tell whether a lease was renewed late.",
                        count,
                        leaseTime.toSeconds(),
                        leaseTime.toSeconds()))
                .value(Key.RENEW_CALLS_PER_100_LEASES, ours.callsPer100())
                .value(Key.RENEW_LATE, (double) late)
                .value(Key.HEAP_BYTES_PER_LEASE, (double) ours.heapBytes() / count)
                .build();
    }

    private static HeldLeases of(Subject subject, HeldLeases ours, HeldLeases redissons) {
        return subject == REACTIVE_LOCK ? ours : redissons;
    }
}
