package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingException;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testservers.PostgresExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the scenarios for a guard over any driver share: a database, a guard, and sessions that end with the test and leave nothing open. */
public abstract class GuardContract {
    protected static final String SERIALISATION_FAILURE = "40001";
    protected static final String UNIQUE_VIOLATION = "23505";
    private static final int CONNECTIONS = 8;

    @RegisterExtension
    protected static final PostgresExtension POSTGRES = new PostgresExtension();

    private static @Nullable Database shared;

    private final GuardSubject.Driver driver;

    protected final String resource = Database.resource();
    protected final FencingToken first = Database.token(33);
    protected final FencingToken second = Database.token(34);
    protected final Database database = database();
    protected GuardSubject guard;
    private final List<GuardSubject> subjects = new ArrayList<>();
    private final List<GuardSession> sessions = new ArrayList<>();

    protected GuardContract(GuardSubject.Driver driver) {
        this.driver = driver;
    }

    private static synchronized Database database() {
        if (shared == null) {
            shared = Database.create(POSTGRES.server());
        }
        return shared;
    }

    @BeforeEach
    void openGuard() {
        guard = opened(database, Map.of());
    }

    @AfterEach
    void closeSessions() {
        // some were cut off, and some are closed already
        Flux.fromIterable(sessions)
                .concatMap(session -> session.close().onErrorComplete())
                .then()
                .block(PATIENCE);
        Flux.fromIterable(subjects)
                .concatMap(subject -> subject.close().onErrorComplete())
                .then()
                .block(PATIENCE);
        // G7, C5
        database.await(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + database.schema()
                        + "' AND state <> 'idle' AND pid <> pg_backend_pid()",
                0);
    }

    protected final GuardSubject opened(Database other, Map<String, String> settings) {
        return opened(other, other.server().host(), other.server().port(), CONNECTIONS, settings);
    }

    protected final GuardSubject opened(
            Database other, String host, int port, int connections, Map<String, String> settings) {
        GuardSubject subject = driver.open(other, host, port, connections, settings);
        subjects.add(subject);
        return subject;
    }

    /** The guard on connections of an isolation level. */
    protected final GuardSubject at(String isolation) {
        return opened(database, Map.of("default_transaction_isolation", isolation));
    }

    protected final GuardSession connect(GuardSubject subject) {
        GuardSession session = subject.connect();
        sessions.add(session);
        return session;
    }

    protected final GuardSession begin(String isolation) {
        return begin(guard, isolation);
    }

    protected final GuardSession begin(GuardSubject subject, String isolation) {
        GuardSession session = connect(subject);
        session.begin().block(PATIENCE);
        session.run("SET TRANSACTION ISOLATION LEVEL " + isolation).block(PATIENCE);
        return session;
    }

    protected static <T> Mono<T> start(Mono<T> mono) {
        Mono<T> started = mono.cache();
        started.subscribe(value -> {}, failed -> {});
        return started;
    }

    /** Every call must end in an error like this. */
    protected static void allFail(Flux<? extends Mono<?>> calls, Consumer<Throwable> like) {
        calls.concatMap(call -> call.then(Mono.<Void>error(new AssertionError("passed")))
                        .onErrorResume(e -> Mono.fromRunnable(() -> like.accept(e))))
                .then()
                .block(PATIENCE);
    }

    protected final void awaitNoneBorrowed() {
        awaitBorrowed(0);
    }

    protected final void awaitBorrowed(int connections) {
        Mono.fromSupplier(() -> guard.borrowed())
                .filter(size -> size == connections)
                .repeatWhenEmpty(none -> none.delayElements(Duration.ofMillis(5)))
                .block(PATIENCE);
    }

    protected final void assertState(Throwable error, String state) {
        assertThat(error).isNotInstanceOf(FencingException.class);
        assertThat(guard.sqlState(error)).isEqualTo(state);
    }

    protected static void assertKind(Throwable error, Kind kind) {
        assertThat(error)
                .isInstanceOfSatisfying(
                        FencingGuardException.class,
                        e -> assertThat(e.kind()).describedAs(e.getMessage()).isEqualTo(kind));
    }

    protected static StaleTokenException stale(Throwable error) {
        assertThat(error).isInstanceOf(StaleTokenException.class);
        return (StaleTokenException) Objects.requireNonNull(error);
    }
}
