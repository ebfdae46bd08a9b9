package io.reactivelock.speed.handoff;

import static io.reactivelock.speed.subject.Subject.REACTIVE_LOCK;
import static io.reactivelock.speed.subject.Subject.REDISSON;
import static io.reactivelock.speed.subject.Subject.REDISSON_FAIR;
import static io.reactivelock.speed.subject.Subject.SPRING_INTEGRATION;

import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.Ratios;
import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.Subject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Times {@link HandOffs}, the subjects in turns of a few each, one turn in this order and the next in the reverse. */
public final class HandOffQuestion implements Question {
    private static final List<Subject> NEEDED = List.of(REACTIVE_LOCK, REDISSON);
    private static final int TURNS = 10;

    @Override
    public String name() {
        return "hand-off";
    }

    @Override
    public String title() {
        return "Hand-off";
    }

    @Override
    public Set<Key> keys() {
        return Set.of(Key.HANDOFF_P50_VS_REDISSON, Key.HANDOFF_P99_VS_REDISSON);
    }

    @Override
    public QuestionResult answer(Bench bench) {
        List<Subject> subjects = bench.plan().subjects(NEEDED, List.of(REDISSON_FAIR, SPRING_INTEGRATION));
        try (RedisStats redis = new RedisStats(bench.redis())) {
            redis.flush();
        }
        Map<Subject, HandOffs> all = new EnumMap<>(Subject.class);
        try {
            subjects.forEach(subject -> all.put(subject, new HandOffs(subject, bench.redis())));
            time(bench, subjects, all);
            return answer(bench, subjects, all);
        } finally {
            all.values().forEach(HandOffs::close);
        }
    }

    private static void time(Bench bench, List<Subject> subjects, Map<Subject, HandOffs> all) {
        int perTurn = bench.plan().handOffs() / TURNS;
        bench.progress().accept("HandOffs-warm-up");
        all.values().forEach(handOffs -> {
            handOffs.time(2 * perTurn);
            handOffs.forget();
        });
        List<Subject> order = new ArrayList<>(subjects);
        for (int turn = 1; turn <= TURNS; turn++) {
            bench.progress().accept("HandOffs-" + turn);
            order.forEach(subject -> subject.in(all).time(perTurn));
            Collections.reverse(order);
        }
    }

    private QuestionResult answer(Bench bench, List<Subject> subjects, Map<Subject, HandOffs> all) {
        QuestionResult.Builder answer = new QuestionResult.Builder(this);
        for (double percentile : List.of(50.0, 99.0, 99.9)) {
            String metric = "p" + (percentile == 99.9 ? "99.9" : Math.round(percentile));
            answer.figures(
                    metric, "microseconds", subjects, subject -> subject.in(all).micros(percentile));
        }
        return answer.note(String.format("%,d hand-offs each.", bench.plan().handOffs()))
                .value(Key.HANDOFF_P50_VS_REDISSON, ratio(all, 50))
                .value(Key.HANDOFF_P99_VS_REDISSON, ratio(all, 99))
                .build();
    }

    private static double ratio(Map<Subject, HandOffs> all, double percentile) {
        return Ratios.ratio(
                REACTIVE_LOCK.in(all).micros(percentile), REDISSON.in(all).micros(percentile));
    }
}
