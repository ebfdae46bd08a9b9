package io.reactivelock.speed.freecycle;

import static io.reactivelock.speed.subject.Subject.BARE_LETTUCE;
import static io.reactivelock.speed.subject.Subject.REACTIVE_LOCK;
import static io.reactivelock.speed.subject.Subject.REDISSON;
import static io.reactivelock.speed.subject.Subject.REDISSON_FAIR;
import static io.reactivelock.speed.subject.Subject.SHEDLOCK;
import static io.reactivelock.speed.subject.Subject.SPRING_INTEGRATION;

import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.Scores;
import io.reactivelock.speed.subject.Subject;
import java.util.List;
import java.util.Set;

/** Asks {@link FreeCycle}. */
public final class FreeCycleQuestion implements Question {
    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final List<Subject> NEEDED = List.of(BARE_LETTUCE, REACTIVE_LOCK, REDISSON);

    @Override
    public String name() {
        return "free-cycle";
    }

    @Override
    public String title() {
        return "Free cycle";
    }

    @Override
    public Set<Key> keys() {
        return Set.of(
                Key.FREE1_VS_BARE,
                Key.FREE1_VS_REDISSON,
                Key.FREE64_VS_BARE,
                Key.FREE64_VS_REDISSON,
                Key.FREE1024_VS_BARE,
                Key.BYTES_PER_CYCLE,
                Key.BYTES_PER_CYCLE_REDISSON);
    }

    @Override
    public QuestionResult answer(Bench bench) {
        List<Subject> all = bench.plan().subjects(NEEDED, List.of(REDISSON_FAIR, SPRING_INTEGRATION, SHEDLOCK));
        List<Subject> reactive = bench.plan().subjects(NEEDED, List.of(REDISSON_FAIR));
        Scores one = run(bench, "inFlight1", all);
        Scores many = run(bench, "inFlight64", all);
        Scores veryMany = run(bench, "inFlight1024", reactive);

        QuestionResult.Builder answer = new QuestionResult.Builder(this);
        answer.figures("1 in flight", "cycles/s", all, one::of)
                .figures("64 in flight", "cycles/s", all, many::of)
                .figures("1,024 in flight", "cycles/s", reactive, veryMany::of)
                .figures("allocated, 1 in flight", "bytes/cycle", all, subject -> one.of(subject, ALLOCATED))
                .figures("allocated, 64 in flight", "bytes/cycle", all, subject -> many.of(subject, ALLOCATED));
        if (!all.equals(reactive)) {
            answer.note("1,024 in flight: not for those that block, which would need as many threads.");
        }
        return answer.value(Key.FREE1_VS_BARE, one.ratio(REACTIVE_LOCK, BARE_LETTUCE))
                .value(Key.FREE1_VS_REDISSON, one.ratio(REACTIVE_LOCK, REDISSON))
                .value(Key.FREE64_VS_BARE, many.ratio(REACTIVE_LOCK, BARE_LETTUCE))
                .value(Key.FREE64_VS_REDISSON, many.ratio(REACTIVE_LOCK, REDISSON))
                .value(Key.FREE1024_VS_BARE, veryMany.ratio(REACTIVE_LOCK, BARE_LETTUCE))
                .value(Key.BYTES_PER_CYCLE, one.of(REACTIVE_LOCK, ALLOCATED))
                .value(Key.BYTES_PER_CYCLE_REDISSON, one.of(REDISSON, ALLOCATED))
                .build();
    }

    private static Scores run(Bench bench, String method, List<Subject> subjects) {
        return Jmh.run(bench, FreeCycle.class, method, bench.redis(), "subject", subjects);
    }
}
