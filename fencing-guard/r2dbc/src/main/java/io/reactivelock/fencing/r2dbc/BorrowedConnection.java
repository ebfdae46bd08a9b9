package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ValidationDepth;
import io.r2dbc.spi.Wrapped;
import io.reactivelock.fencing.postgresql.FenceErrors;
import io.reactivelock.fencing.postgresql.PostgresFence;
import reactor.core.publisher.Mono;

/** One borrowed connection, used by one subscription, one step after the other. */
final class BorrowedConnection {
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

    /** Refuses a transaction that somebody else has begun: what the guard commits would be theirs, too. */
    <T> Mono<T> unlessOpen(String what, Mono<T> statement) {
        return Mono.defer(
                () -> connection.isAutoCommit() ? statement : Mono.<T>error(FenceErrors.transactionOpen(what)));
    }

    /** Ends in an error, and cancels the work, when the borrower's subscription is cancelled. */
    <T> Mono<T> unlessCancelled(Mono<T> work) {
        return Mono.firstWithSignal(cancelled.then(Mono.<T>empty()), work);
    }

    /** Bounds the wait for a reply. A connection whose reply did not come, or that the server ends, cannot be used again. */
    <T> Mono<T> reply(Mono<T> statement) {
        return timeouts.limit(statement).doOnError(R2dbcErrors.ERRORS::isLost, e -> unusable = true);
    }

    /** Commits the transaction, if it is the one that passed the guard. The driver's own commit would show no warnings. */
    Mono<Void> commit(String what) {
        return Mono.defer(() -> Mono.from(connection.validate(ValidationDepth.LOCAL)))
                .flatMap(isOpen -> isOpen
                        ? reply(Results.committed(
                                what,
                                connection
                                        .createStatement(PostgresFence.commit())
                                        .fetchSize(0)))
                        : closed(what));
    }

    /** As after an idle time-out, which the driver has heard of, and says no more. */
    private Mono<Void> closed(String what) {
        unusable = true;
        return Mono.error(FenceErrors.closedBeforeCommit(what));
    }

    /** Rolls back what is open, after the statement in flight has settled, for the driver sends one after the other. */
    Mono<Void> rollback(Throwable failure) {
        return Mono.defer(() -> unusable || connection.isAutoCommit()
                        ? Mono.empty()
                        : reply(Mono.from(connection.rollbackTransaction())))
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
        return timeouts.limit(Mono.defer(() -> Mono.from(any.close())));
    }

    private static Connection bare(Connection connection) {
        return connection instanceof Wrapped<?> wrapper && wrapper.unwrap() instanceof Connection inner
                ? bare(inner)
                : connection;
    }
}
