package io.reactivelock.fencing;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Wrapped;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;

/** One borrowed connection, used by one subscription, one step after the other. */
final class Loan {
    private final Connection connection;
    private final Mono<Void> cancelled;
    private final Deadlines deadlines;
    private volatile boolean unusable;

    Loan(Connection connection, Mono<Void> cancelled, Deadlines deadlines) {
        this.connection = connection;
        this.cancelled = cancelled;
        this.deadlines = deadlines;
    }

    Connection connection() {
        return connection;
    }

    /** Ends in an error, and cancels the work, when the borrower's subscription is cancelled. */
    <T> Mono<T> unlessCancelled(Mono<T> work) {
        return Mono.firstWithSignal(cancelled.then(Mono.<T>empty()), work);
    }

    /** Bounds the wait for a reply. A connection whose reply did not come cannot be used again. */
    <T> Mono<T> reply(Mono<T> statement) {
        return statement.timeout(deadlines.next()).doOnError(TimeoutException.class, e -> unusable = true);
    }

    Mono<Void> begin() {
        return reply(Mono.defer(() -> Mono.from(connection.beginTransaction())));
    }

    /** Commits what is open. A statement in auto-commit has committed already. */
    Mono<Void> commit() {
        return Mono.defer(
                () -> connection.isAutoCommit() ? Mono.empty() : reply(Mono.from(connection.commitTransaction())));
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
        return Mono.defer(() -> Mono.from(any.close())).timeout(deadlines.next());
    }

    private static Connection bare(Connection connection) {
        return connection instanceof Wrapped<?> wrapper && wrapper.unwrap() instanceof Connection inner
                ? bare(inner)
                : connection;
    }
}
