package io.reactivelock.speed;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.speed.adapter.Adapter;
import io.reactivelock.speed.adapter.AdapterCycle;
import io.reactivelock.speed.cancel.CancelQuestion;
import io.reactivelock.speed.fenced.FencedWrite;
import io.reactivelock.speed.fenced.WriteForm;
import io.reactivelock.speed.freecycle.FreeCycle;
import io.reactivelock.speed.handoff.HandOffQuestion;
import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Jmh;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.Scores;
import io.reactivelock.speed.harness.SpeedPlan;
import io.reactivelock.speed.hotkey.ManyClients;
import io.reactivelock.speed.renewal.RenewalQuestion;
import io.reactivelock.speed.spring.LockForm;
import io.reactivelock.speed.spring.LockFormCycle;
import io.reactivelock.speed.subject.Subject;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A run that is over in seconds measures what a long one does")
// ends what hangs: the JVMs that measure start one after the other, slowly on a busy machine
@Timeout(value = 20, unit = TimeUnit.MINUTES)
@Tag("long")
class SmokeTest {
    /** So many that what they take of the heap is more than what comes and goes there. */
    private static final int LEASES = 2_000;

    private static RedisServer server;

    private final List<String> progress = new ArrayList<>();

    @TempDir
    private Path results;

    @BeforeAll
    static void start() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void jmhMeasuresSubjectsInTurnsAndKeepsItsJson() {
        List<Subject> subjects = List.of(Subject.BARE_LETTUCE, Subject.REACTIVE_LOCK);

        Scores scores = Jmh.run(bench(tiny(2)), FreeCycle.class, "inFlight64", server.uri(), "subject", subjects);

        assertThat(scores.ratio(Subject.REACTIVE_LOCK, Subject.BARE_LETTUCE)).isPositive();
        assertThat(scores.of(Subject.REACTIVE_LOCK, "gc.alloc.rate.norm")).isPositive();
        assertThat(progress).containsExactly("FreeCycle-inFlight64-1", "FreeCycle-inFlight64-2");
        assertThat(results.resolve("FreeCycle-inFlight64-1.json"))
                .content()
                .containsSubsequence("BARE_LETTUCE", "REACTIVE_LOCK");
        assertThat(results.resolve("FreeCycle-inFlight64-2.json"))
                .content()
                .containsSubsequence("REACTIVE_LOCK", "BARE_LETTUCE");
    }

    @Test
    void grantsAreCountedByClient() {
        Scores scores = Jmh.run(
                bench(tiny(1)),
                ManyClients.class,
                "clients16",
                server.uri(),
                "subject",
                List.of(Subject.REACTIVE_LOCK));

        assertThat(scores.of(Subject.REACTIVE_LOCK, "fewest"))
                .isPositive()
                .isLessThanOrEqualTo(scores.of(Subject.REACTIVE_LOCK, "most"));
    }

    @Test
    void everyFormOfAWriteWrites() {
        Scores scores = Jmh.run(
                bench(tiny(1)),
                FencedWrite.class,
                "connections1",
                PostgresServer.shared().r2dbcUrl(),
                "form",
                List.of(WriteForm.values()));

        assertThat(scores.ratio(WriteForm.FENCED, WriteForm.PLAIN)).isPositive();
        assertThat(scores.ratio(WriteForm.VERTX_FENCED, WriteForm.VERTX_PLAIN)).isPositive();
    }

    @Test
    void adaptersAreMeasured() {
        Scores scores = Jmh.run(
                bench(tiny(1)),
                AdapterCycle.class,
                "inFlight1",
                server.uri(),
                "adapter",
                List.of(Adapter.REACTOR, Adapter.VERTX_SHARED_LOOP));

        assertThat(scores.ratio(Adapter.VERTX_SHARED_LOOP, Adapter.REACTOR)).isPositive();
    }

    @Test
    void lockFormsAreMeasured() {
        Scores scores = Jmh.run(
                bench(tiny(1)),
                LockFormCycle.class,
                "inFlight1",
                server.uri(),
                "form",
                List.of(LockForm.LOCKED, LockForm.OBSERVATIONS));

        assertThat(scores.ratio(LockForm.OBSERVATIONS, LockForm.LOCKED)).isPositive();
    }

    @Test
    void handOffsAreTimed() {
        assertThat(ask(new HandOffQuestion()).figures())
                .hasSize(6)
                .allSatisfy(figure -> assertThat(figure.value()).isPositive());
    }

    @Test
    void renewalsAreCounted() {
        QuestionResult answer = ask(new RenewalQuestion());

        // how late and how many at a time is the machine's affair
        assertThat(answer.values().get(Key.RENEW_CALLS_PER_100_LEASES)).isBetween(0.1, 100.0);
        assertThat(answer.values().get(Key.RENEW_LATE)).isBetween(0.0, (double) LEASES);
        assertThat(answer.values().get(Key.HEAP_BYTES_PER_LEASE)).isPositive();
    }

    @Test
    void nothingIsLeftOfCancelledAcquires() {
        QuestionResult answer = ask(new CancelQuestion());

        assertThat(answer.values().get(Key.CANCEL_LEAKS))
                .as(() -> answer.figures() + " " + answer.notes())
                .isZero();
    }

    private QuestionResult ask(Question question) {
        return question.answer(bench(tiny(1)));
    }

    /** Measures only the subjects that the ratios need. No lease expires during the test: one that ends was released. */
    private static SpeedPlan tiny(int rounds) {
        return new SpeedPlan(
                "tiny",
                List.of(),
                rounds,
                0,
                1,
                Duration.ofMillis(50),
                20,
                LEASES,
                Duration.ofSeconds(6),
                300,
                Duration.ofMinutes(2));
    }

    private Bench bench(SpeedPlan plan) {
        return new Bench(plan, server.uri(), results, progress::add);
    }
}
