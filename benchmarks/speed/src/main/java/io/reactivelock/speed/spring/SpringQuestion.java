package io.reactivelock.speed.spring;

import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.Scores;
import java.util.List;
import java.util.Set;

/** Asks {@link LockFormCycle}. */
public final class SpringQuestion implements Question {
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    @Override
    public String name() {
        return "spring";
    }

    @Override
    public String title() {
        return "Annotation, meters, observations";
    }

    @Override
    public Set<Key> keys() {
        return Set.of(
                Key.LOCKED_VS_WITH_LOCK, Key.METERS_VS_NONE, Key.OBSERVATIONS_OFF_VS_NONE, Key.OBSERVATIONS_VS_NONE);
    }

    @Override
    public boolean isQuick() {
        return false;
    }

    @Override
    public QuestionResult answer(Bench bench) {
        Scores scores =
                Jmh.run(bench, LockFormCycle.class, "inFlight1", bench.redis(), "form", List.of(LockForm.values()));
        QuestionResult.Builder answer = new QuestionResult.Builder(this);
        for (LockForm form : LockForm.values()) {
            answer.figure("1 in flight", "cycles/s", form.title(), scores.of(form))
                    .figure("allocated, 1 in flight", "bytes/cycle", form.title(), scores.of(form, ALLOCATED));
        }
        return answer.value(Key.LOCKED_VS_WITH_LOCK, scores.ratio(LockForm.LOCKED, LockForm.WITH_LOCK))
                .value(Key.METERS_VS_NONE, scores.ratio(LockForm.METERS, LockForm.WITH_LOCK))
                .value(Key.OBSERVATIONS_OFF_VS_NONE, scores.ratio(LockForm.OBSERVATIONS_OFF, LockForm.WITH_LOCK))
                .value(Key.OBSERVATIONS_VS_NONE, scores.ratio(LockForm.OBSERVATIONS, LockForm.WITH_LOCK))
                .build();
    }
}
