package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testservers.TcpFaults.Cut;
import io.reactivelock.testservers.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

public abstract class GuardObserverContract extends GuardContract {
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final ForgetfulBackend backend = new ForgetfulBackend(true);
    private final LockClient locks = LockClient.create(backend);
    private final FencingGuardOptions observed = FencingGuardOptions.defaults().observer(new Recorder());
    private GuardSubject seen;

    protected GuardObserverContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @BeforeEach
    void observe() {
        seen = guard.with(observed);
    }

    @AfterEach
    void close() {
        locks.close().block(PATIENCE);
    }

    @Test
    void hearsOfAdvancesAndOfRefusalsWithBothTokens() { // E1
        seen.advance(resource, second).block(PATIENCE);
        fails(seen.advance(resource, first));
        fails(seen.write(resource, first, session -> Mono.empty()));
        fails(seen.writeOnce(resource, first, "pay", session -> Mono.empty()));
        fails(seen.update(resource, first, "DELETE FROM log WHERE false"));
        GuardSession session = begin("READ COMMITTED");
        fails(seen.check(session, resource, first));

        assertThat(events)
                .containsExactly(
                        "advanced 34",
                        "refused 33 for 34",
                        "refused 33 for 34",
                        "refused 33 for 34",
                        "refused 33 for 34",
                        "refused 33 for 34");
    }

    @Test
    void hearsOnceOfARefusalInsideAWriteToSomethingElse() {
        String other = Database.resource();
        guard.advance(other, second).block(PATIENCE);
        guard.advance(resource, first).block(PATIENCE);

        fails(seen.write(resource, first, session -> seen.check(session, other, first)));

        assertThat(events).containsExactly("refused 33 for 34");
    }

    @Test
    void hearsNothingOfTheErrorsOfTheWork() {
        guard.advance(resource, first).block(PATIENCE);

        fails(seen.write(resource, first, session -> Mono.error(new IllegalStateException("sold out"))));

        assertThat(events).isEmpty();
    }

    @Test
    void hearsOfTheRetryAfterALostCounter() { // D4
        guard.advance(resource, Database.token(1_000)).block(PATIENCE);

        seen.withLock(locks, LockRequest.of(resource), token -> Mono.just(token.value()))
                .block(PATIENCE);

        assertThat(events).containsExactly("refused 1 for 1000", "retried after 1000", "advanced 1001");
    }

    @Test
    void hearsOfAnUnknownOutcome() { // E9
        guard.advance(resource, first).block(PATIENCE);
        TcpProxy proxy = TcpProxy.to(POSTGRES.server().host(), POSTGRES.server().port());
        try {
            GuardSubject behind = opened(database, proxy.host(), proxy.port(), 1, Map.of())
                    .with(observed.lockTimeout(Duration.ofMillis(100)).replyTimeout(Duration.ofSeconds(2)));

            fails(behind.write(
                    resource,
                    first,
                    session -> session.number("SELECT 1")
                            .then(Mono.fromRunnable(() -> proxy.cutAfterRequestBytes(1, Cut.RESET)))));
        } finally {
            proxy.close();
        }

        assertThat(events).containsExactly("failed " + Kind.UNKNOWN);
    }

    @Test
    void anObserverThatThrowsChangesNothing() {
        GuardSubject rude = guard.with(FencingGuardOptions.defaults().observer(new FencingGuardObserver() {
            @Override
            public void advanced(String what, FencingToken token, Duration took) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void refused(StaleTokenException refusal) {
                throw new NoClassDefFoundError("on purpose");
            }
        }));

        rude.advance(resource, second).block(PATIENCE);
        StepVerifier.create(rude.advance(resource, first))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
    }

    private static void fails(Mono<?> call) {
        StepVerifier.create(call).expectError().verify(PATIENCE);
    }

    private final class Recorder implements FencingGuardObserver {
        @Override
        public void advanced(String what, FencingToken token, Duration took) {
            assertThat(what).isEqualTo(resource);
            assertThat(took).isPositive();
            events.add("advanced " + token.value());
        }

        @Override
        public void refused(StaleTokenException refusal) {
            events.add("refused " + refusal.presented() + " for " + refusal.highest());
        }

        @Override
        public void retried(StaleTokenException refusal) {
            events.add("retried after " + refusal.highest());
        }

        @Override
        public void failed(FencingGuardException failure) {
            events.add("failed " + failure.kind());
        }
    }
}
