package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.Database.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.spi.Connection;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class WithLockTest extends WithLockContract {
    private final String name = resource;
    private final ConnectionPool pool = database.pool(8);
    private final R2dbcFencingGuard r2dbc = R2dbcFencingGuard.create(pool);
    private final LockRequest request = LockRequest.of(name);
    private final ForgetfulBackend backend = new ForgetfulBackend(true);
    private final LockClient locks = LockClient.create(backend);

    WithLockTest() {
        super(R2dbcSubject::open);
    }

    @AfterEach
    void closePool() {
        pool.close().block(PATIENCE);
        locks.close().block(PATIENCE);
    }

    @Test
    void acquiresAdvancesWorksAndReleases() { // E2
        backend.counter.set(41);

        List<Long> tokens = r2dbc.withLock(
                        locks,
                        request,
                        lease -> committed()
                                .flatMap(highest -> r2dbc.write(connection -> insert(connection, "write"))
                                        .then(r2dbc.update(
                                                "INSERT INTO log (resource, op) VALUES ($1, 'update')",
                                                it -> it.bind("$1", name)))
                                        .then(checked())
                                        .then(r2dbc.advance())
                                        .thenReturn(
                                                List.of(highest, lease.token().value()))))
                .block(PATIENCE);

        assertThat(tokens).containsExactly(42L, 42L);
        assertThat(database.number("SELECT count(*) FROM log WHERE resource = '" + name + "'"))
                .isEqualTo(3);
        assertThat(backend.held).isEmpty();
    }

    @Test
    void advancesWithTheLeaseOfTheContext() { // E2
        backend.counter.set(41);

        locks.withLock(request, lease -> r2dbc.advance()).block(PATIENCE);

        assertThat(database.highest(name)).isEqualTo(42);
    }

    private Mono<Long> committed() {
        return Mono.fromSupplier(() -> database.highest(name)).subscribeOn(Schedulers.boundedElastic());
    }

    /** The caller's own transaction, with the lease of the Context. */
    private Mono<Void> checked() {
        return Mono.usingWhen(
                pool.create(),
                connection -> Mono.from(connection.beginTransaction())
                        .then(r2dbc.check(connection))
                        .then(insert(connection, "check"))
                        .then(Mono.from(connection.commitTransaction())),
                Connection::close);
    }

    private Mono<Void> insert(Connection connection, String op) {
        return run(connection, "INSERT INTO log (resource, op) VALUES ('" + name + "', '" + op + "')");
    }
}
