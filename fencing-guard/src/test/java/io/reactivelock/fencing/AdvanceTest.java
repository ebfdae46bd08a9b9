package io.reactivelock.fencing;

import static io.reactivelock.fencing.Database.PATIENCE;
import static io.reactivelock.fencing.Database.resource;
import static io.reactivelock.fencing.Database.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.testkit.PostgresExtension;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class AdvanceTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static Database database;
    private static FencingGuard guard;

    private final String resource = resource();

    @BeforeAll
    static void setUp() {
        database = Database.create(POSTGRES.server());
        guard = FencingGuard.create(database.factory());
    }

    @Test
    void aHigherTokenBecomesTheHighest() {
        guard.advance(resource, token(33)).block(PATIENCE);
        guard.advance(resource, token(34)).block(PATIENCE);

        assertThat(database.highest(resource)).isEqualTo(34);
    }

    @Test
    void aLowerTokenIsStaleAndIsToldTheHighest() { // E1
        guard.advance(resource, token(34)).block(PATIENCE);

        StepVerifier.create(guard.advance(resource, token(33)))
                .expectErrorSatisfies(e -> assertThat(e).isInstanceOfSatisfying(StaleTokenException.class, stale -> {
                    assertThat(stale.resource()).isEqualTo(resource);
                    assertThat(stale.presented()).isEqualTo(33);
                    assertThat(stale.highest()).isEqualTo(34);
                }))
                .verify(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(34);
    }

    @Test
    void theSameTokenPassesForItsOwnHolderOnly() { // E3
        FencingToken own = token(33);
        guard.advance(resource, own).block(PATIENCE);

        guard.advance(resource, own).block(PATIENCE);
        StepVerifier.create(guard.advance(resource, token(33)))
                .expectErrorSatisfies(e ->
                        assertThat(e).isInstanceOf(StaleTokenException.class).hasMessageContaining("another holder's"))
                .verify(PATIENCE);
    }

    @Test
    void tokensAreExactToTheLargestNumber() { // D6
        guard.advance(resource, token(Long.MAX_VALUE - 1)).block(PATIENCE);
        guard.advance(resource, token(Long.MAX_VALUE)).block(PATIENCE);

        StepVerifier.create(guard.advance(resource, token(Long.MAX_VALUE - 1)))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).highest()).isEqualTo(Long.MAX_VALUE))
                .verify(PATIENCE);
    }

    @Test
    void aResourceMayContainAnything() {
        String odd = "\" is stale: the highest is 7\n' $1 ;-- % \u20ac" + resource;
        guard.advance(odd, token(2)).block(PATIENCE);

        StepVerifier.create(guard.advance(odd, token(1)))
                .expectErrorSatisfies(e -> assertThat(e).isInstanceOfSatisfying(StaleTokenException.class, stale -> {
                    assertThat(stale.resource()).isEqualTo(odd);
                    assertThat(stale.highest()).isEqualTo(2);
                }))
                .verify(PATIENCE);
    }

    @Test
    void isCommittedWhateverBecomesOfTheWorkAfterIt() { // E2
        FencingToken own = token(33);
        Mono<Void> advanceAndFail = guard.advance(resource, own)
                .then(guard.write(resource, own, connection -> Mono.error(new IllegalStateException("work"))));

        StepVerifier.create(advanceAndFail).expectErrorMessage("work").verify(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(33);
    }

    @Test
    void isCommittedOnAConnectionThatIsNotInAutoCommit() { // E2
        FencingGuard manual = FencingGuard.create(withoutAutoCommit(database.factory()));

        manual.advance(resource, token(33)).block(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(33);
        StepVerifier.create(manual.advance(resource, token(32)))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
    }

    @Test
    void waitsForAGuardedTransactionUnderWay() { // E1
        FencingToken first = token(33);
        guard.advance(resource, first).block(PATIENCE);
        Connection open = database.begin("READ COMMITTED");
        guard.check(open, resource, first).block(PATIENCE);

        Mono<Void> second = guard.advance(resource, token(34)).cache();
        second.subscribe(done -> {}, failed -> {});
        database.awaitBlocked("fencing_guard_advance", 1);
        assertThat(database.highest(resource)).isEqualTo(33);
        Database.run(open, "COMMIT").block(PATIENCE);

        second.block(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(34);
        Database.close(open);
    }

    @Test
    void givesUpAtTheLockTimeoutWhileAnotherTransactionHangs() { // E13, E4
        FencingToken first = token(33);
        guard.advance(resource, first).block(PATIENCE);
        Connection open = database.begin("READ COMMITTED");
        guard.check(open, resource, first).block(PATIENCE);
        FencingGuard hasty = FencingGuard.create(
                database.factory(), FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(50)));

        StepVerifier.create(hasty.advance(resource, token(34)))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        Database.close(open);
        hasty.advance(resource, token(34)).block(PATIENCE);
    }

    @Test
    void succeedsOnceThePausedHolderWasIdleForTooLong() { // E13
        FencingToken first = token(33);
        FencingGuard short0 = FencingGuard.create(
                database.factory(), FencingGuardOptions.defaults().idleInTransactionTimeout(Duration.ofMillis(100)));
        short0.advance(resource, first).block(PATIENCE);
        Connection paused = database.begin("READ COMMITTED");
        short0.check(paused, resource, first).block(PATIENCE);

        guard.advance(resource, token(34)).block(PATIENCE);

        StepVerifier.create(Database.run(paused, "COMMIT")).expectError().verify(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(34);
    }

    @Test
    void aSessionsOwnLimitsStay() { // E13
        FencingToken own = token(33);
        guard.advance(resource, own).block(PATIENCE);
        Connection open = database.begin("READ COMMITTED");
        Database.run(open, "SET LOCAL lock_timeout = 1234").block(PATIENCE);
        guard.check(open, resource, own).block(PATIENCE);

        String millis = "SELECT (extract(epoch FROM current_setting('%s')::interval) * 1000)::bigint";
        assertThat(Database.query(open, millis.formatted("lock_timeout")).blockLast(PATIENCE))
                .isEqualTo(1234);
        assertThat(Database.query(open, millis.formatted("idle_in_transaction_session_timeout"))
                        .blockLast(PATIENCE))
                .isEqualTo(30_000);
        Database.close(open);
    }

    @Test
    void theSchemaIsCreatedOnceByManyAtOnce() {
        Database empty = Database.empty(POSTGRES.server());

        Flux.range(0, 8)
                .flatMap(i -> FencingGuard.create(empty.factory()).createSchema())
                .then()
                .block(PATIENCE);
        FencingGuard.create(empty.factory()).createSchema().block(PATIENCE);

        FencingGuard.create(empty.factory()).advance(resource, token(1)).block(PATIENCE);
        assertThat(empty.highest(resource)).isEqualTo(1);
    }

    static void assertKind(Throwable error, Kind kind) {
        assertThat(error)
                .isInstanceOfSatisfying(
                        FencingGuardException.class,
                        e -> assertThat(e.kind()).describedAs(e.getMessage()).isEqualTo(kind));
    }

    private static ConnectionFactory withoutAutoCommit(ConnectionFactory factory) {
        return new ConnectionFactory() {
            @Override
            public Publisher<? extends Connection> create() {
                return Mono.from(factory.create()).delayUntil(connection -> connection.setAutoCommit(false));
            }

            @Override
            public ConnectionFactoryMetadata getMetadata() {
                return factory.getMetadata();
            }
        };
    }
}
