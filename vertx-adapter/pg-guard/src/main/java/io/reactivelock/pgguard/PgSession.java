package io.reactivelock.pgguard;

import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.FenceErrors;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgNotice;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One connection, used by one call, one step after the other, with a limit to the wait for every reply. */
final class PgSession {
    /** A BEGIN found a transaction that somebody had begun before, by SQL that the client did not see. */
    private static final String ALREADY_OPEN = "25001";

    /** The function of the server that warns when its wait for a synchronous standby was cancelled. */
    private static final String STANDBY_WAIT = "SyncRepWaitForLSN";

    private final SqlConnection connection;
    private final long replyMillis;
    private final Promise<Void> ended = Promise.promise();
    private volatile @Nullable Throwable lastWords;
    private volatile boolean alreadyOpen;
    private volatile boolean begun;
    private volatile @Nullable String unconfirmed;
    private volatile boolean lost;

    PgSession(SqlConnection connection, FencingGuardOptions options) {
        this.connection = connection;
        this.replyMillis = options.replyTimeout().toMillis();
    }

    /** Borrows a connection, and gives it back before the result. One that comes too late goes back as well. */
    static <T> Future<T> borrow(
            Pool pool, String what, FencingGuardOptions options, Function<PgSession, Future<T>> use) {
        Future<SqlConnection> grant = connectionOf(pool);
        return grant.timeout(options.replyTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .recover(error -> {
                    if (grant.failed()) {
                        return Future.failedFuture(PgErrors.ERRORS.ofConnecting(what, error));
                    }
                    grant.onSuccess(SqlConnection::close);
                    return Future.failedFuture(FenceErrors.noConnection(what, options));
                })
                .compose(connection -> {
                    PgSession session = new PgSession(connection, options);
                    session.listen();
                    return use.apply(session).eventually(session::giveBack);
                });
    }

    private static Future<SqlConnection> connectionOf(Pool pool) {
        try {
            return pool.getConnection();
        } catch (RejectedExecutionException e) {
            // the Vertx is closed, and its contexts can no longer tell anyone
            return Future.failedFuture(e);
        }
    }

    private void listen() {
        // what the server says when it ends a connection on which nothing is awaited; a reset may follow
        connection.exceptionHandler(words -> lastWords = lastWords == null ? words : lastWords);
        if (connection instanceof PgConnection pg) {
            pg.noticeHandler(this::noticed);
        }
        connection.closeHandler(nothing -> Vertx.currentContext().runOnContext(noticed -> ended.complete()));
    }

    /** The server warns before it answers. */
    private void noticed(PgNotice notice) {
        alreadyOpen |= ALREADY_OPEN.equals(notice.getCode());
        if (STANDBY_WAIT.equals(notice.getRoutine())) {
            unconfirmed = notice.getMessage();
        }
    }

    SqlConnection connection() {
        return connection;
    }

    /**
     * A statement of an open transaction. The client takes its own word for it that there is one; the server refuses to lock a table
     * without. Both are sent at once.
     */
    <T> Future<T> inOpenTransaction(Supplier<Future<T>> statement) {
        Future<?> open = connection.query(PostgresFence.stillOpen()).execute();
        Future<T> answer = statement.get();
        return reply(open.compose(isOpen -> answer));
    }

    /** Bounds the wait for a reply. A connection whose reply did not come ends, so that nobody else receives it. */
    <T> Future<T> reply(Future<T> statement) {
        return statement.timeout(replyMillis, TimeUnit.MILLISECONDS).recover(error -> {
            if (error instanceof TimeoutException) {
                sever();
            }
            lost |= PgErrors.isLost(error);
            Throwable words = lastWords;
            return Future.failedFuture(lost && words != null ? words : error);
        });
    }

    /**
     * Begins, and sends the first statement behind that, in one round trip. Not by the client's own transaction: that waits for one
     * reply after the other, and takes its own word for it that it is still open.
     */
    <T> Future<T> begin(String what, Supplier<Future<T>> first) {
        if (connection.transaction() != null) {
            return Future.failedFuture(FenceErrors.transactionOpen(what));
        }
        begun = true;
        Future<?> open = connection.query("BEGIN").execute();
        Future<T> answer = first.get();
        return reply(
                open.compose(isOpen -> alreadyOpen ? Future.failedFuture(FenceErrors.transactionOpen(what)) : answer));
    }

    /** Commits the transaction that passed the guard, and no other. */
    Future<Void> commit(String what) {
        return committed(what, connection.query(PostgresFence.commit()).execute())
                .mapEmpty();
    }

    /** The reply to what commits, which may have come without the standby that it was to wait for. */
    <T> Future<T> committed(String what, Future<T> statement) {
        return reply(statement)
                .recover(error -> Future.failedFuture(PgErrors.ERRORS.ofUser(what, Stage.COMMIT, error)))
                .compose(answer -> {
                    String warning = unconfirmed;
                    return warning == null
                            ? Future.succeededFuture(answer)
                            : Future.failedFuture(FenceErrors.unconfirmed(what, warning));
                });
    }

    /** Rolls back what was begun, after the statements in flight, for the client sends one after the other. */
    <T> Future<T> rollback(Throwable failure) {
        if (!begun || lost) {
            return Future.failedFuture(failure);
        }
        return reply(connection.query("ROLLBACK").execute()).transform(rolledBack -> {
            if (rolledBack.failed()) {
                sever();
            }
            // the client has one exception for all connections that are lost
            if (rolledBack.failed() && rolledBack.cause() != failure) {
                failure.addSuppressed(rolledBack.cause());
            }
            return Future.failedFuture(failure);
        });
    }

    /** One that was lost goes back when its pool has noticed, so that nobody gets it after this. */
    private Future<Void> giveBack() {
        if (!lost) {
            return connection.close();
        }
        ended.future().onSuccess(nothing -> connection.close());
        return Future.succeededFuture();
    }

    /** Ends the connection itself; {@code close} gives it back to its pool, and waits for what is in flight. */
    private void sever() {
        lost = true;
        if (connection instanceof SqlConnectionInternal pooled
                && pooled.unwrap().unwrap() instanceof SocketConnectionBase bare) {
            bare.socket().close();
        }
    }
}
