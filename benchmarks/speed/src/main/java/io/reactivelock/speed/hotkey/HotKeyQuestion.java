package io.reactivelock.speed.hotkey;

import static io.reactivelock.speed.subject.Subject.REACTIVE_LOCK;
import static io.reactivelock.speed.subject.Subject.REDISSON;
import static io.reactivelock.speed.subject.Subject.REDISSON_FAIR;
import static io.reactivelock.speed.subject.Subject.SPRING_INTEGRATION;

import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.Ratios;
import io.reactivelock.speed.harness.Scores;
import io.reactivelock.speed.subject.Subject;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Asks {@link OneClient}, {@link ManyClients} and {@link DrainedQueue}. */
public final class HotKeyQuestion implements Question {
    private static final List<Subject> NEEDED = List.of(REACTIVE_LOCK, REDISSON);

    @Override
    public String name() {
        return "hot-key";
    }

    @Override
    public String title() {
        return "Hot key";
    }

    @Override
    public Set<Key> keys() {
        return Set.of(
                Key.HOT_LOCAL_VS_REDISSON,
                Key.HOT_REMOTE_VS_REDISSON,
                Key.HOT_REMOTE_EVALSHA_PER_HANDOFF,
                Key.HOT_REMOTE_FAIRNESS);
    }

    @Override
    public QuestionResult answer(Bench bench) {
        List<Subject> subjects = bench.plan().subjects(NEEDED, List.of(REDISSON_FAIR, SPRING_INTEGRATION));
        Scores local = Jmh.run(bench, OneClient.class, "waiters100", bench.redis(), "subject", subjects);
        Scores remote = Jmh.run(bench, ManyClients.class, "clients16", bench.redis(), "subject", subjects);
        Map<Subject, Double> scriptCalls = new EnumMap<>(Subject.class);
        subjects.forEach(subject -> {
            bench.progress().accept("DrainedQueue-" + subject);
            scriptCalls.put(subject, DrainedQueue.scriptCallsPerHandOff(subject, bench.redis()));
        });

        QuestionResult.Builder answer = new QuestionResult.Builder(this);
        answer.figures("1 client, 100 waiters", "cycles/s", subjects, local::of)
                .figures("16 clients, 1 waiter each", "cycles/s", subjects, remote::of)
                .figures("16 clients, grants min/max", "ratio", subjects, subject -> fairness(remote, subject))
                .figures("16 clients, script calls", "calls/hand-off", subjects, scriptCalls::get);
        return answer.note("Bare Lettuce and ShedLock do not wait for a lock.")
                .value(Key.HOT_LOCAL_VS_REDISSON, local.ratio(REACTIVE_LOCK, REDISSON))
                .value(Key.HOT_REMOTE_VS_REDISSON, remote.ratio(REACTIVE_LOCK, REDISSON))
                .value(Key.HOT_REMOTE_FAIRNESS, fairness(remote, REACTIVE_LOCK))
                .value(Key.HOT_REMOTE_EVALSHA_PER_HANDOFF, Objects.requireNonNull(scriptCalls.get(REACTIVE_LOCK)))
                .build();
    }

    private static double fairness(Scores scores, Subject subject) {
        return Ratios.ratio(scores.of(subject, "fewest"), scores.of(subject, "most"));
    }
}
