package io.reactivelock.speed.renewal;

import static io.reactivelock.speed.subject.Subject.REACTIVE_LOCK;
import static io.reactivelock.speed.subject.Subject.REDISSON;

import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.Subject;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Measures {@link HeldLeases}, one subject after the other, for they would share the server's CPU. */
public final class RenewalQuestion implements Question {
    private record Column(String metric, String unit, ToDoubleFunction<HeldLeases> of) {}

    private static final List<Column> COLUMNS = List.of(
            new Column("script calls for 100 renewals", "calls", HeldLeases::callsPer100),
            new Column("Redis CPU", "% of a processor", HeldLeases::cpuPercent),
            new Column("heap", "bytes/lease", HeldLeases::heapBytes),
            new Column("late or lost", "leases", HeldLeases::late));

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
    public QuestionResult answer(Bench bench) {
        int count = bench.plan().leases();
        Duration leaseTime = bench.plan().heldLeaseTime();
        Map<Subject, HeldLeases> measured = new EnumMap<>(Subject.class);
        try (RedisStats redis = new RedisStats(bench.redis())) {
            for (Subject subject : bench.plan().subjects(List.of(REACTIVE_LOCK), List.of(REDISSON))) {
                redis.flush();
                bench.progress().accept("HeldLeases-" + subject);
                Holders holders = subject == REACTIVE_LOCK
                        ? new OurHolders(bench.redis(), leaseTime, count)
                        : new RedissonHolders(bench.redis(), leaseTime, count, redis);
                measured.put(subject, HeldLeases.measure(holders, count, leaseTime, redis));
            }
        }
        return answer(count, leaseTime, measured);
    }

    private QuestionResult answer(int count, Duration leaseTime, Map<Subject, HeldLeases> measured) {
        QuestionResult.Builder answer = new QuestionResult.Builder(this);
        HeldLeases ours = REACTIVE_LOCK.in(measured);
        COLUMNS.forEach(column -> answer.figures(
                column.metric(),
                column.unit(),
                List.copyOf(measured.keySet()),
                subject -> column.of().applyAsDouble(subject.in(measured))));
        return answer.note(String.format(
                        Locale.ROOT,
                        "%,d leases of %d s, renewed every third of it, watched for %d s. Of Redisson only those are counted as late"
                                + " that were lost. The others: bare Lettuce and ShedLock do not renew; Spring Integration does,"
                                + " with a task for each lock, where it is given a scheduler.",
                        count,
                        leaseTime.toSeconds(),
                        leaseTime.toSeconds()))
                .value(Key.RENEW_CALLS_PER_100_LEASES, ours.callsPer100())
                .value(Key.RENEW_LATE, (double) ours.late())
                .value(Key.HEAP_BYTES_PER_LEASE, ours.heapBytes())
                .build();
    }
}
