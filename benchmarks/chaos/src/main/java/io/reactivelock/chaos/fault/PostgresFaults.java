package io.reactivelock.chaos.fault;

import io.r2dbc.spi.Connection;
import io.reactivelock.testservers.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What harms the PostgreSQL server. */
final class PostgresFaults {
    private static final int MAX_STALL_MILLIS = 700;
    private static final String CLIENTS =
            "FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> '%s'"
                    .formatted(PostgresControl.SPARED);

    private final PostgresServer server;
    private final PostgresControl control;
    private final ExclusiveTarget exclusive = new ExclusiveTarget("the PostgreSQL server");

    private PostgresFaults(PostgresServer server, PostgresControl control) {
        this.server = server;
        this.control = control;
    }

    static List<Fault> of(PostgresServer server, PostgresControl control) {
        PostgresFaults faults = new PostgresFaults(server, control);
        return List.of(
                Act.of("postgres kill -9", faults::killed),
                Act.of("postgres kill -9 of a session", faults::sessionKilled),
                Act.of("postgres SIGSTOP", faults::stopped),
                Act.of("pg_terminate_backend", random -> faults.signal(random, "pg_terminate_backend", "")),
                Act.of(
                        "pg_cancel_backend",
                        random -> faults.signal(random, "pg_cancel_backend", "AND state = 'active'")),
                Act.of("connection-pool starvation", faults::starved));
    }

    private Mono<Void> killed(RandomGenerator random) {
        return exclusive.alone(RedisNodes.blocking(server::restart));
    }

    /** The main process then ends all sessions, and recovers as from a crash of all. */
    private Mono<Void> sessionKilled(RandomGenerator random) {
        return exclusive.alone(control.query(Integer.class, "SELECT pid " + CLIENTS)
                .collectList()
                .flatMap(pids -> pids.isEmpty()
                        ? Mono.<Void>error(new NotInjectedException("no session is open"))
                        : Mono.fromRunnable(() -> ProcessSignals.kill(pids.get(random.nextInt(pids.size())))))
                .then(control.answers()));
    }

    private Mono<Void> stopped(RandomGenerator random) {
        return exclusive.alone(Mono.fromCallable(this::processes)
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(children -> ProcessSignals.stop(
                        Act.between(random, 50, MAX_STALL_MILLIS), server.pid().orElseThrow(), children)));
    }

    private long[] processes() {
        return ProcessHandle.of(server.pid().orElseThrow())
                .orElseThrow(() -> new NotInjectedException("PostgreSQL is gone"))
                .children()
                .mapToLong(ProcessHandle::pid)
                .toArray();
    }

    /** To some of the clients' sessions, or to all. */
    private Mono<Void> signal(RandomGenerator random, String function, String condition) {
        String share = random.nextInt(4) == 0 ? "1" : "0.4";
        String sql = "SELECT count(%s(pid)) FROM (SELECT pid %s %s AND random() < %s) chosen"
                .formatted(function, CLIENTS, condition, share);
        return control.query(Long.class, sql)
                .filter(signalled -> signalled > 0)
                .next()
                .switchIfEmpty(Mono.error(() -> new NotInjectedException("no such session is open")))
                .then();
    }

    /** Every guarded write waits for its fence, and keeps its connection, until the pools have none left. */
    private Mono<Void> starved(RandomGenerator random) {
        Duration time = Act.between(random, 100, 1_500);
        return control.query(
                        String.class,
                        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tablename = 'fencing_guard'")
                .next()
                .switchIfEmpty(Mono.error(() -> new NotInjectedException("there is no table of fences")))
                .flatMap(table -> control.use(connection -> locked(connection, table, time)));
    }

    /** Where this is cancelled, or the connection is lost, the server rolls back. */
    private static Mono<Void> locked(Connection connection, String table, Duration time) {
        return Mono.from(connection.beginTransaction())
                .then(PostgresControl.execute(connection, "SET LOCAL lock_timeout = '1s'"))
                .then(PostgresControl.execute(connection, "LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE"))
                .then(Mono.delay(time))
                .then(Mono.from(connection.rollbackTransaction()));
    }
}
