package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Wrapped;
import reactor.core.publisher.Mono;

/** One borrowed connection, used by one subscription, one step after the other. */
final class BorrowedConnection {
    /**
     * The driver's own commit shows no warnings. A transaction that has failed would answer COMMIT with a ROLLBACK that looks the
     * same; the statement before it fails instead.
     */
    private static final String COMMIT = "SELECT 1; COMMIT";

    private final Connection connection;
    private final Mono<Void> cancelled;
    private final ReplyTimeouts timeouts;
    private volatile boolean unusable;

    BorrowedConnection(Connection connection, Mono<Void> cancelled, ReplyTimeouts timeouts) {
        this.connection = connection;
        this.cancelled = cancelled;
        this.timeouts = timeouts;
    }

    Connection connection() {
        return connection;
    }

    /** Ends in an error, and cancels the work, when the borrower's subscription is cancelled. */
    <T> Mono<T> unlessCancelled(Mono<T> work) {
        return Mono.firstWithSignal(cancelled.then(Mono.<T>empty()), work);
    }

    /** Bounds the wait for a reply. A connection whose reply did not come, or that the server ends, cannot be used again. */
    <T> Mono<T> reply(Mono<T> statement) {
        return statement.timeout(timeouts.next()).doOnError(R2dbcErrors.ERRORS::isLost, e -> unusable = true);
    }

    Mono<Void> begin() {
        return reply(Mono.defer(() -> Mono.from(connection.beginTransaction())));
    }

    /** Commits what is open. A statement in auto-commit has committed already. */
    Mono<Void> commit(String what) {
        return Mono.defer(() -> connection.isAutoCommit()
                ? Mono.empty()
                : reply(Results.committed(
                        what, connection.createStatement(COMMIT).fetchSize(0))));
    }

    /** Rolls back what is open, after the statement in flight has settled, for the driver sends one after the other. */
    Mono<Void> rollback(Throwable failure) {
        return Mono.defer(() -> unusable ? Mono.empty() : reply(Mono.from(connection.rollbackTransaction())))
                .onErrorResume(e -> {
                    unusable = true;
                    if (e != failure) {
                        failure.addSuppressed(e);
                    }
                    return Mono.empty();
                });
    }

    /** Closes the connection; one that cannot be used again is closed below the pool first, which then drops it. */
    Mono<Void> giveBack() {
        Connection bare = bare(connection);
        return unusable && bare != connection
                ? close(bare)
                        .onErrorResume(e -> close(connection).then(Mono.error(e)))
                        .then(close(connection))
                : close(connection);
    }

    private Mono<Void> close(Connection any) {
        return Mono.defer(() -> Mono.from(any.close())).timeout(timeouts.next());
    }

    private static Connection bare(Connection connection) {
        return connection instanceof Wrapped<?> wrapper && wrapper.unwrap() instanceof Connection inner
                ? bare(inner)
                : connection;
    }
}
