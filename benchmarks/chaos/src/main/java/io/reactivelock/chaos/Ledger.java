package io.reactivelock.chaos;

import io.r2dbc.spi.Row;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** The tables that the workers write, and the log of these writes. Used by the parent process. */
final class Ledger {
    private static final int CONNECTIONS = 2;
    private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(30);
    /** The server may have been killed and be on its way up. */
    private static final Retry RETRY = Retry.fixedDelay(60, Duration.ofMillis(500));

    private final ChaosDatabase database;

    private Ledger(ChaosDatabase database) {
        this.database = database;
    }

    static Ledger open(String url) {
        return new Ledger(ChaosDatabase.open(url, CONNECTIONS, REPLY_TIMEOUT));
    }

    /** The servers' own log would be full of refused writes. */
    Mono<Void> create() {
        R2dbcFencingGuard guard = R2dbcFencingGuard.create(database.connections());
        return execute(
                        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET log_min_messages = panic', current_database());"
                                + " EXECUTE format('ALTER DATABASE %I SET log_min_error_statement = panic', current_database()); END $$")
                .then(execute("CREATE TABLE chaos_state (resource text PRIMARY KEY, seq bigint NOT NULL DEFAULT 0,"
                        + " seq_read bigint, token bigint, holder text, op bigint) WITH (fillfactor = 50)"))
                .then(execute("CREATE TABLE chaos_history (resource text NOT NULL, seq bigint NOT NULL,"
                        + " seq_read bigint NOT NULL, token bigint NOT NULL, holder text NOT NULL, op bigint NOT NULL,"
                        + " at timestamptz NOT NULL DEFAULT clock_timestamp())"))
                .then(execute("CREATE FUNCTION chaos_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " INSERT INTO chaos_history VALUES"
                        + " (NEW.resource, NEW.seq, NEW.seq_read, NEW.token, NEW.holder, NEW.op); RETURN NULL; END $$"))
                .then(execute("CREATE TRIGGER chaos_log AFTER UPDATE ON chaos_state"
                        + " FOR EACH ROW EXECUTE FUNCTION chaos_log()"))
                .then(guard.createSchema());
    }

    /** Forgets earlier spans, and makes the resources of this one. */
    Mono<Void> begin(int span) {
        return endStatements()
                .then(execute("TRUNCATE chaos_state, chaos_history"))
                .thenMany(Flux.fromArray(WriteProtection.values()))
                .concatMap(protection -> Flux.range(0, Load.RESOURCES)
                        .concatMap(number -> execute("INSERT INTO chaos_state (resource) VALUES ('"
                                + protection.resource(span, number) + "') ON CONFLICT DO NOTHING")))
                // the others' first holder advances; a check finds no row there, and would refuse
                .thenMany(Flux.range(0, Load.RESOURCES))
                .concatMap(number -> execute("INSERT INTO fencing_guard (resource, token, holder) VALUES ('"
                        + WriteProtection.NO_ADVANCE.resource(span, number)
                        + "', 1, repeat('0', 32)) ON CONFLICT DO NOTHING"))
                .then()
                .retryWhen(RETRY);
    }

    /** The log of the span, by resource and number. Ends what killed workers left running first. */
    Flux<LoggedWrite> writes() {
        return endStatements()
                .thenMany(Flux.defer(() -> database.rows(
                        "SELECT resource, seq, seq_read, token, holder, op,"
                                + " (extract(epoch FROM clock_timestamp() - at) * 1e9)::bigint AS age FROM chaos_history ORDER BY resource, seq",
                        statement -> statement,
                        row -> new LoggedWrite(
                                value(row, "resource", String.class),
                                value(row, "seq", Long.class),
                                value(row, "seq_read", Long.class),
                                value(row, "token", Long.class),
                                value(row, "holder", String.class),
                                value(row, "op", Long.class),
                                System.nanoTime() - value(row, "age", Long.class)))))
                .collectList()
                .retryWhen(RETRY)
                .flatMapIterable(list -> list);
    }

    /** Ends what killed workers left running. */
    private Mono<Void> endStatements() {
        return execute("DO $$ BEGIN PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                + " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'; END $$");
    }

    private Mono<Void> execute(String sql) {
        return database.update(sql, statement -> statement).then();
    }

    private static <T> T value(Row row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }

    Mono<Void> close() {
        return database.close();
    }
}
