package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.Database.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.fencing.postgresql.PostgresFence;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

public abstract class AdvanceContract extends GuardContract {

    protected AdvanceContract(GuardSubject.Driver driver) {
        super(driver);
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
                .expectErrorSatisfies(e -> {
                    assertThat(stale(e).resource()).isEqualTo(resource);
                    assertThat(stale(e).presented()).isEqualTo(33);
                    assertThat(stale(e).highest()).isEqualTo(34);
                })
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
        guard.advance(resource, token(PostgresFence.MAX_TOKEN - 1)).block(PATIENCE);
        guard.advance(resource, token(PostgresFence.MAX_TOKEN)).block(PATIENCE);

        StepVerifier.create(guard.advance(resource, token(PostgresFence.MAX_TOKEN - 1)))
                .expectErrorSatisfies(
                        e -> assertThat(((StaleTokenException) e).highest()).isEqualTo(PostgresFence.MAX_TOKEN))
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
    void waitsForAGuardedTransactionUnderWay() { // E1
        FencingToken first = token(33);
        guard.advance(resource, first).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        guard.check(open, resource, first).block(PATIENCE);

        Mono<Void> second = guard.advance(resource, token(34)).cache();
        second.subscribe(done -> {}, failed -> {});
        database.awaitBlocked("fencing_guard_advance", 1);
        assertThat(database.highest(resource)).isEqualTo(33);
        open.commit().block(PATIENCE);

        second.block(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(34);
    }

    @Test
    void givesUpAtTheLockTimeoutWhileAnotherTransactionHangs() { // E13, E4
        FencingToken first = token(33);
        guard.advance(resource, first).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        guard.check(open, resource, first).block(PATIENCE);
        GuardSubject hasty = guard.with(FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(50)));

        StepVerifier.create(hasty.advance(resource, token(34)))
                .expectErrorSatisfies(e -> assertKind(e, Kind.TRANSIENT))
                .verify(PATIENCE);
        open.rollback().block(PATIENCE);
        hasty.advance(resource, token(34)).block(PATIENCE);
    }

    @Test
    void succeedsOnceThePausedHolderWasIdleForTooLong() { // E13
        FencingToken first = token(33);
        GuardSubject short0 =
                guard.with(FencingGuardOptions.defaults().idleInTransactionTimeout(Duration.ofMillis(100)));
        short0.advance(resource, first).block(PATIENCE);
        GuardSession paused = begin("READ COMMITTED");
        short0.check(paused, resource, first).block(PATIENCE);

        guard.advance(resource, token(34)).block(PATIENCE);

        StepVerifier.create(paused.commit()).expectError().verify(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(34);
    }

    @Test
    void aSessionsOwnLimitsStay() { // E13
        FencingToken own = token(33);
        guard.advance(resource, own).block(PATIENCE);
        GuardSession open = begin("READ COMMITTED");
        open.run("SET LOCAL lock_timeout = 1234").block(PATIENCE);
        guard.check(open, resource, own).block(PATIENCE);

        String millis = "SELECT (extract(epoch FROM current_setting('%s')::interval) * 1000)::bigint";
        assertThat(open.number(millis.formatted("lock_timeout")).block(PATIENCE))
                .isEqualTo(1234);
        assertThat(open.number(millis.formatted("idle_in_transaction_session_timeout"))
                        .block(PATIENCE))
                .isEqualTo(30_000);
    }

    @Test
    void theSchemaIsCreatedOnceByManyAtOnce() {
        Database empty = Database.empty(POSTGRES.server());
        GuardSubject early = opened(empty, Map.of());

        Flux.range(0, 8).flatMap(i -> early.createSchema()).then().block(PATIENCE);
        early.createSchema().block(PATIENCE);

        early.advance(resource, token(1)).block(PATIENCE);
        assertThat(empty.highest(resource)).isEqualTo(1);
    }
}
