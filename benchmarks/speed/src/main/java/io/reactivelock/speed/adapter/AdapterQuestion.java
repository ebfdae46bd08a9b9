package io.reactivelock.speed.adapter;

import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.Scores;
import java.util.List;
import java.util.Set;

/** Asks {@link AdapterCycle}. */
public final class AdapterQuestion implements Question {
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    @Override
    public String name() {
        return "adapter";
    }

    @Override
    public String title() {
        return "Adapters";
    }

    @Override
    public Set<Key> keys() {
        return Set.of(
                Key.VERTX1_VS_REACTOR,
                Key.VERTX64_VS_REACTOR,
                Key.VERTX_SHARED1_VS_REACTOR,
                Key.VERTX_SHARED64_VS_REACTOR,
                Key.MUTINY1_VS_REACTOR,
                Key.MUTINY64_VS_REACTOR);
    }

    @Override
    public boolean isQuick() {
        return false;
    }

    @Override
    public QuestionResult answer(Bench bench) {
        Scores one = run(bench, "inFlight1");
        Scores many = run(bench, "inFlight64");
        QuestionResult.Builder answer = new QuestionResult.Builder(this);
        for (Adapter adapter : Adapter.values()) {
            answer.figure("1 in flight", "cycles/s", adapter.title(), one.of(adapter))
                    .figure("64 in flight", "cycles/s", adapter.title(), many.of(adapter))
                    .figure("allocated, 1 in flight", "bytes/cycle", adapter.title(), one.of(adapter, ALLOCATED));
        }
        return answer.note("SharedData, local: within one process, without expiry, renewal or token.")
                .value(Key.VERTX1_VS_REACTOR, one.ratio(Adapter.VERTX, Adapter.REACTOR))
                .value(Key.VERTX64_VS_REACTOR, many.ratio(Adapter.VERTX, Adapter.REACTOR))
                .value(Key.VERTX_SHARED1_VS_REACTOR, one.ratio(Adapter.VERTX_SHARED_LOOP, Adapter.REACTOR))
                .value(Key.VERTX_SHARED64_VS_REACTOR, many.ratio(Adapter.VERTX_SHARED_LOOP, Adapter.REACTOR))
                .value(Key.MUTINY1_VS_REACTOR, one.ratio(Adapter.MUTINY, Adapter.REACTOR))
                .value(Key.MUTINY64_VS_REACTOR, many.ratio(Adapter.MUTINY, Adapter.REACTOR))
                .build();
    }

    private static Scores run(Bench bench, String method) {
        return Jmh.run(bench, AdapterCycle.class, method, bench.redis(), "adapter", List.of(Adapter.values()));
    }
}
