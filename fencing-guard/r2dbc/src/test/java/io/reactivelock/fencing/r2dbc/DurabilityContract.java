package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** A server that waits for a synchronous standby which never answers, and a wait that somebody ends. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class DurabilityContract extends GuardContract {
    private PostgresServer server;
    private Database waiting;

    protected DurabilityContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @BeforeAll
    void start() {
        server = PostgresServer.start(Map.of("synchronous_standby_names", "ghost", "synchronous_commit", "local"));
        waiting = Database.create(server);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void aWaitForAStandbyThatIsCancelledIsUnknown() { // E10
        List<Function<GuardSubject, Mono<?>>> calls = List.of(
                it -> it.write(resource, first, this::insert),
                it -> it.writeOnce(resource, first, "pay", this::insert),
                it -> it.update(resource, first, "INSERT INTO log (resource) VALUES ($1)", resource),
                it -> it.advance(resource, second));
        opened(waiting, Map.of()).advance(resource, first).block(PATIENCE);
        GuardSubject subject = opened(waiting, Map.of("synchronous_commit", "on"));

        for (Function<GuardSubject, Mono<?>> call : calls) {
            for (String end : List.of("pg_cancel_backend", "pg_terminate_backend")) {
                Mono<?> commit = start(call.apply(subject));
                waiting.await(waits("count(*)"), 1);
                waiting.number("SELECT " + end + "(pid)::int::bigint FROM (" + waits("pid") + ") AS waiting");

                StepVerifier.create(commit)
                        .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                        .verify(PATIENCE);
                if (end.startsWith("pg_cancel")) {
                    // the connection is whole
                    subject.write(resource, first, it -> it.run("SET LOCAL synchronous_commit = local"))
                            .onErrorComplete(StaleTokenException.class)
                            .block(PATIENCE);
                }
            }
        }
        // committed on this server all the same, each but the repeat of the operation
        assertThat(waiting.number("SELECT count(*) FROM log")).isEqualTo(5);
        assertThat(waiting.highest(resource)).isEqualTo(34);
    }

    @Test
    void aConnectionThatEndsAfterTheWarningIsNotUsedAgain() { // E10, G7
        GuardSubject local = opened(waiting, Map.of());
        String other = Database.resource();
        local.advance(other, first).block(PATIENCE);
        try (TcpProxy proxy = TcpProxy.to(server.host(), server.port())) {
            GuardSubject subject = opened(waiting, proxy.host(), proxy.port(), 1, Map.of("synchronous_commit", "on"));
            Mono<?> commit = start(subject.update(other, first, "DELETE FROM log WHERE op = 'none'"));
            waiting.await(waits("count(*)"), 1);
            // the end is read well after the words before it
            proxy.drainRepliesSlowly(1024, Duration.ofMillis(500));
            waiting.number("SELECT pg_terminate_backend(pid)::int::bigint FROM (" + waits("pid") + ") AS waiting");

            StepVerifier.create(commit)
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);

            local.advance(other, second).block(PATIENCE);
            StepVerifier.create(subject.update(other, first, "DELETE FROM log WHERE op = 'none'"))
                    .expectError(StaleTokenException.class)
                    .verify(PATIENCE);
        }
    }

    @Test
    void aWarningOfTheUsersOwnTriggersChangesNothing() { // E10
        GuardSubject subject = opened(waiting, Map.of());
        String other = Database.resource();
        waiting.execute("CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
                + " $$ BEGIN RAISE WARNING 'low stock'; RETURN NEW; END $$;"
                + " CREATE TRIGGER warn AFTER INSERT ON balance FOR EACH ROW EXECUTE FUNCTION warn()");
        subject.advance(other, first).block(PATIENCE);

        assertThat(subject.update(other, first, "INSERT INTO balance VALUES ($1, 1, 1)", other)
                        .block(PATIENCE))
                .isEqualTo(1);
        subject.write(other, first, it -> it.run("INSERT INTO balance VALUES ('" + other + "2', 1, 1)"))
                .block(PATIENCE);
    }

    private Mono<Void> insert(GuardSession session) {
        return session.run("INSERT INTO log (resource) VALUES ('" + resource + "')");
    }

    private static String waits(String what) {
        return "SELECT " + what + " FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    }
}
