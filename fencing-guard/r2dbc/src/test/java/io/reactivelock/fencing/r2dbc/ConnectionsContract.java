package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** No connection is lost, whatever a call ends with. */
public abstract class ConnectionsContract extends GuardContract {
    private static final int CONNECTIONS = 4;
    private static final int CALLS = 2_000;

    protected ConnectionsContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @BeforeEach
    void openFew() {
        guard = opened(database, POSTGRES.server().host(), POSTGRES.server().port(), CONNECTIONS, Map.of());
        guard.advance(resource, second).block(PATIENCE);
    }

    @Test
    void withoutAConnectionInTimeTheCallFailsAndALateConnectionGoesBack() { // G7
        GuardSession only = fill();
        GuardSubject hasty = guard.with(FencingGuardOptions.defaults()
                .lockTimeout(Duration.ofMillis(10))
                .replyTimeout(Duration.ofMillis(50)));

        StepVerifier.create(hasty.advance(resource, second))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.TRANSIENT);
                    assertThat(e).hasMessageContaining("no connection within");
                })
                .verify(PATIENCE);
        StepVerifier.create(hasty.write(resource, second, connection -> Mono.empty()))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        only.close().block(PATIENCE);

        // those that came too late are back, and can be had again
        awaitBorrowed(CONNECTIONS - 1);
        guard.update(resource, second, "DELETE FROM log WHERE false").block(PATIENCE);
    }

    @Test
    void callsGiveTheirConnectionBackWhateverTheyEndWith() { // G7, C5
        Long ended = Flux.range(0, CALLS)
                .flatMap(i -> call(i).then(Mono.just(1)).onErrorReturn(1), 16)
                .count()
                .block(Duration.ofMinutes(1));

        assertThat(ended).isEqualTo(CALLS);
        awaitNoneBorrowed();
        assertThat(openTransactions()).isZero();
    }

    private Mono<?> call(int i) {
        return switch (i % 8) {
            case 0 -> guard.advance(resource, second);
            case 1 -> guard.advance(resource, first);
            case 2 -> guard.update(resource, second, "DELETE FROM log WHERE false");
            case 3 -> guard.update(resource, first, "DELETE FROM log WHERE false");
            case 4 -> guard.update(resource, second, "DELETE FROM nowhere");
            case 5 -> guard.write(resource, second, connection -> connection.run("SELECT 1"));
            case 6 -> guard.write(resource, first, connection -> Mono.empty());
            default -> guard.write(resource, second, connection -> connection.run("SELECT 1/0"));
        };
    }

    /** Takes all connections and gives one of them. */
    private GuardSession fill() {
        return Objects.requireNonNull(
                Flux.range(0, CONNECTIONS).concatMap(i -> guard.borrow()).blockLast(PATIENCE));
    }

    private long openTransactions() {
        return database.number("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                + " AND query NOT LIKE '%pg_stat_activity%' AND application_name = '" + database.schema() + "'");
    }
}
