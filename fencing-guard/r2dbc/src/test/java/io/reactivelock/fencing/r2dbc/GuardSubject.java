package io.reactivelock.fencing.r2dbc;

import io.reactivelock.FencingToken;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.RowFence;
import java.util.Map;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** A guard over some driver, with connections of that driver, as the scenarios see it. */
public interface GuardSubject {
    /** The same connections with other options. */
    GuardSubject with(FencingGuardOptions options);

    Mono<Void> createSchema();

    Mono<Void> advance(String resource, FencingToken token);

    Mono<Void> check(GuardSession session, String resource, FencingToken token);

    Mono<Void> check(GuardSession session, Map<String, FencingToken> tokens);

    <T> Mono<T> write(String resource, FencingToken token, Function<GuardSession, Mono<T>> work);

    <T> Mono<T> writeOnce(String resource, FencingToken token, String operation, Function<GuardSession, Mono<T>> work);

    Mono<Void> enforce(String table, String expression);

    Mono<Void> lift(String table);

    Mono<Long> update(String resource, FencingToken token, String sql, Object... parameters);

    Mono<Void> fenceRows(RowFence rows);

    Mono<Void> advance(RowFence rows, String key, FencingToken token);

    Mono<Long> update(RowFence rows, String key, FencingToken token, String sql, Object... parameters);

    /** The whole way, with what the work gets of its lease. */
    <T> Mono<T> withLock(LockClient locks, LockRequest request, Function<FencingToken, Mono<T>> work);

    /** A connection beside the pool, in auto-commit. */
    GuardSession connect();

    /** A connection of the pool; not given back by the end of the test. */
    Mono<GuardSession> borrow();

    /** How many connections are neither idle nor closed. */
    int borrowed();

    /** How many bytes the request to commit has. */
    int commitBytes();

    /** The SQLSTATE of an error that the driver signalled; empty where it has none. */
    String sqlState(Throwable error);

    /** Closes the connections. */
    Mono<Void> close();

    /** Opens the connections to a server, whose schema they see, and a guard over them. */
    @FunctionalInterface
    interface Driver {
        GuardSubject open(Database database, String host, int port, int connections, Map<String, String> settings);
    }
}
