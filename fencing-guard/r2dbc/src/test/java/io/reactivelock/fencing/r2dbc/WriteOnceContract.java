package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testservers.TcpFaults.Cut;
import io.reactivelock.testservers.TcpProxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** A write that takes effect once, however often it is sent. */
public abstract class WriteOnceContract extends GuardContract {
    private final TcpProxy proxy =
            TcpProxy.to(POSTGRES.server().host(), POSTGRES.server().port());

    protected WriteOnceContract(GuardSubject.Driver driver) {
        super(driver);
    }

    @AfterEach
    void closeProxy() {
        proxy.close();
    }

    @Test
    void aRepeatIsToldByAnEmptyResultAndDoesNothing() { // E9
        guard.advance(resource, first).block(PATIENCE);

        assertThat(add("pay", first).block(PATIENCE)).isEqualTo("done");
        assertThat(add("pay", first).blockOptional(PATIENCE)).isEmpty();
        assertThat(add("refund", first).block(PATIENCE)).isEqualTo("done");
        assertThat(written()).isEqualTo(2);
    }

    @Test
    void aLaterHolderDoesNotRepeatWhatAnEarlierOneDid() { // E9
        guard.advance(resource, first).block(PATIENCE);
        add("pay", first).block(PATIENCE);
        guard.advance(resource, second).block(PATIENCE);

        assertThat(add("pay", second).blockOptional(PATIENCE)).isEmpty();
        assertThat(written()).isEqualTo(1);
        assertThat(database.number("SELECT token FROM fencing_guard_operation WHERE resource = '" + resource + "'"))
                .isEqualTo(33);
    }

    @Test
    void namesMayBeAsLongAsTheyAreAllowedInAnyScript() { // E9
        String longest = "\u20ac".repeat(476) + resource.substring(0, 36);
        String start = "\u6f22".repeat(511);
        guard.advance(longest, first).block(PATIENCE);

        for (String operation : List.of(start + "1", start + "2")) {
            assertThat(guard.writeOnce(longest, first, operation, connection -> Mono.just("done"))
                            .block(PATIENCE))
                    .isEqualTo("done");
            assertThat(guard.writeOnce(longest, first, operation, connection -> Mono.just("done"))
                            .blockOptional(PATIENCE))
                    .isEmpty();
        }
    }

    @Test
    void anEarlierHolderIsStaleWhateverWasDone() { // E1, E9
        guard.advance(resource, first).block(PATIENCE);
        add("pay", first).block(PATIENCE);
        guard.advance(resource, second).block(PATIENCE);

        StepVerifier.create(add("pay", first))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
    }

    @Test
    void theSameOperationOfAnotherResourceIsAnother() { // E9
        String other = Database.resource();
        guard.advance(resource, first).block(PATIENCE);
        guard.advance(other, first).block(PATIENCE);

        add("pay", first).block(PATIENCE);
        assertThat(guard.writeOnce(other, first, "pay", it -> Mono.just("done")).block(PATIENCE))
                .isEqualTo("done");
    }

    @Test
    void workThatFailedLeavesTheOperationToBeDone() { // E9
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(guard.writeOnce(
                        resource, first, "pay", it -> insert(it).then(Mono.error(new IllegalStateException("work")))))
                .expectErrorMessage("work")
                .verify(PATIENCE);
        assertThat(add("pay", first).block(PATIENCE)).isEqualTo("done");
        assertThat(written()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void aRepeatWaitsForTheFirstTryThatIsStillAtWork(String isolation) { // E9
        guard.advance(resource, first).block(PATIENCE);
        GuardSession trying = begin("READ COMMITTED");
        guard.check(trying, resource, first).block(PATIENCE);
        insert(trying).block(PATIENCE);
        trying.run("INSERT INTO fencing_guard_operation (resource, operation, token) VALUES ('" + resource
                        + "', 'pay', 33)")
                .block(PATIENCE);
        GuardSubject strict = at(isolation);
        Mono<String> repeat = start(add(strict, "pay", first));
        database.awaitBlocked("fencing_guard_check_once", 1);

        trying.commit().block(PATIENCE);

        // a snapshot of the whole transaction is older than the first try: told to come again
        Mono<String> again = repeat.onErrorResume(FencingGuardException.class, e -> {
            assertKind(e, Kind.TRANSIENT);
            return add(strict, "pay", first);
        });
        assertThat(again.blockOptional(PATIENCE)).isEmpty();
        assertThat(written()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aCommitThatIsCutOnItsWayThereIsRepeatedByALaterHolder(Cut cut) { // E9
        GuardSubject over = opened(database, proxy.host(), proxy.port(), 2, Map.of());
        int length = over.commitBytes();
        for (int bytes = 1; bytes <= length; bytes++) {
            int upTo = bytes;
            String operation = "pay" + bytes;
            FencingToken earlier = Database.token(100L + 2L * bytes);
            FencingToken later = Database.token(101L + 2L * bytes);
            over.advance(resource, earlier).block(PATIENCE);
            StepVerifier.create(over.writeOnce(
                            resource,
                            earlier,
                            operation,
                            it -> insert(it).then(Mono.fromRunnable(() -> proxy.cutAfterRequestBytes(upTo, cut)))))
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);
            proxy.heal();

            over.advance(resource, later).then(add(over, operation, later)).block(PATIENCE);
            assertThat(written()).describedAs("cut after %d bytes", bytes).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCommitThatIsCutOnItsWayBackIsRepeatedByALaterHolder(Cut cut) { // E9
        GuardSubject over = opened(database, proxy.host(), proxy.port(), 2, Map.of());
        over.advance(resource, first).block(PATIENCE);
        Mono<Void> write =
                over.writeOnce(resource, first, "pay", it -> insert(it).then(Mono.fromRunnable(proxy::swallowReplies)));
        Mono<Void> cutWhenCommitted = Mono.<Void>fromRunnable(() -> {
                    database.await(count(), 1);
                    proxy.cut(cut);
                })
                .subscribeOn(Schedulers.boundedElastic());
        StepVerifier.create(Mono.when(write, cutWhenCommitted))
                .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                .verify(PATIENCE);
        proxy.heal();

        over.advance(resource, second).block(PATIENCE);
        assertThat(add(over, "pay", second).blockOptional(PATIENCE)).isEmpty();
        assertThat(written()).isEqualTo(1);
    }

    private Mono<String> add(String operation, FencingToken token) {
        return add(guard, operation, token);
    }

    private Mono<String> add(GuardSubject subject, String operation, FencingToken token) {
        return subject.writeOnce(resource, token, operation, it -> insert(it).thenReturn("done"));
    }

    private Mono<Void> insert(GuardSession session) {
        return session.run("INSERT INTO log (resource) VALUES ('" + resource + "')");
    }

    private String count() {
        return "SELECT count(*) FROM log WHERE resource = '" + resource + "'";
    }

    private long written() {
        return database.number(count());
    }
}
