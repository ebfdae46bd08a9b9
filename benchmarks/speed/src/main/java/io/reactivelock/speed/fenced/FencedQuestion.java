package io.reactivelock.speed.fenced;

import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.Scores;
import io.reactivelock.testservers.PostgresServer;
import java.util.List;
import java.util.Set;

/** Asks {@link FencedWrite}, on a PostgreSQL of its own. */
public final class FencedQuestion implements Question {
    @Override
    public String name() {
        return "fenced";
    }

    @Override
    public String title() {
        return "Fenced write";
    }

    @Override
    public Set<Key> keys() {
        return Set.of(
                Key.FENCED_VS_PLAIN_1,
                Key.FENCED_VS_PLAIN_8,
                Key.VERTX_FENCED_VS_PLAIN_1,
                Key.VERTX_FENCED_VS_PLAIN_8,
                Key.ROW_FENCED_VS_PLAIN_1,
                Key.ROW_FENCED_VS_PLAIN_8,
                Key.VERTX_ROW_FENCED_VS_PLAIN_1,
                Key.VERTX_ROW_FENCED_VS_PLAIN_8);
    }

    @Override
    public QuestionResult answer(Bench bench) {
        try (PostgresServer postgres = PostgresServer.start()) {
            Scores one = run(bench, postgres, "connections1");
            Scores eight = run(bench, postgres, "connections8");
            QuestionResult.Builder answer = new QuestionResult.Builder(this);
            for (WriteForm form : WriteForm.values()) {
                answer.figure("1 connection", "writes/s", form.title(), one.of(form));
            }
            for (WriteForm form : WriteForm.values()) {
                answer.figure("8 connections", "writes/s", form.title(), eight.of(form));
            }
            return answer.note(postgres.description() + ", `fsync=off`.")
                    .value(Key.FENCED_VS_PLAIN_1, one.ratio(WriteForm.FENCED, WriteForm.PLAIN))
                    .value(Key.FENCED_VS_PLAIN_8, eight.ratio(WriteForm.FENCED, WriteForm.PLAIN))
                    .value(Key.VERTX_FENCED_VS_PLAIN_1, one.ratio(WriteForm.VERTX_FENCED, WriteForm.VERTX_PLAIN))
                    .value(Key.VERTX_FENCED_VS_PLAIN_8, eight.ratio(WriteForm.VERTX_FENCED, WriteForm.VERTX_PLAIN))
                    .value(Key.ROW_FENCED_VS_PLAIN_1, one.ratio(WriteForm.ROW_FENCED, WriteForm.PLAIN))
                    .value(Key.ROW_FENCED_VS_PLAIN_8, eight.ratio(WriteForm.ROW_FENCED, WriteForm.PLAIN))
                    .value(
                            Key.VERTX_ROW_FENCED_VS_PLAIN_1,
                            one.ratio(WriteForm.VERTX_ROW_FENCED, WriteForm.VERTX_PLAIN))
                    .value(
                            Key.VERTX_ROW_FENCED_VS_PLAIN_8,
                            eight.ratio(WriteForm.VERTX_ROW_FENCED, WriteForm.VERTX_PLAIN))
                    .build();
        }
    }

    private static Scores run(Bench bench, PostgresServer postgres, String method) {
        return Jmh.run(bench, FencedWrite.class, method, postgres.r2dbcUrl(), "form", List.of(WriteForm.values()));
    }
}
