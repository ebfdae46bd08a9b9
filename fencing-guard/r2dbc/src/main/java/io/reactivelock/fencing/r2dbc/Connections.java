package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.FenceErrors;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Borrows connections and gives every one of them back.
 *
 * <p>{@code Mono.usingWhen} loses a connection when a cancel crosses the grant, and so does every operator that may drop a value. So
 * the use of a connection runs on a subscription of its own that nobody can cancel; the caller's cancel is a signal to it, at which it stops where
 * that is safe: before a connection came, before a statement is sent, and in the work, never between a statement and its reply.
 */
final class Connections {
    private final ConnectionFactory factory;
    private final FencingGuardOptions options;
    private final ReplyTimeouts timeouts;

    Connections(ConnectionFactory factory, FencingGuardOptions options) {
        this.factory = factory;
        this.options = options;
        this.timeouts = new ReplyTimeouts(options.replyTimeout());
    }

    /** Completes when a reply that is awaited from the subscription on should have come. */
    Mono<Void> replyTimeout() {
        return timeouts.next();
    }

    /** One statement that commits by itself; or, where the factory hands out connections with a transaction open, commits that. */
    <T> Mono<T> inOneStatement(String what, Function<Connection, Mono<T>> statement) {
        return use(what, borrowed -> {
            Connection connection = borrowed.connection();
            Stage stage = connection.isAutoCommit() ? Stage.COMMIT : Stage.OPEN;
            Mono<T> reply = borrowed.reply(Mono.defer(() -> statement.apply(connection)))
                    .onErrorMap(e -> R2dbcErrors.ERRORS.ofUser(what, stage, e));
            return finish(what, borrowed, reply);
        });
    }

    /** Transaction, check, work where the check says so, commit. */
    <T> Mono<T> inTransaction(
            String what,
            Function<Connection, Mono<Boolean>> check,
            Function<? super Connection, ? extends Publisher<? extends T>> work) {
        return use(what, borrowed -> {
            Connection connection = borrowed.connection();
            Mono<Boolean> checked = borrowed.begin()
                    .then(borrowed.reply(Mono.defer(() -> check.apply(connection))))
                    .onErrorMap(e -> R2dbcErrors.ERRORS.own(what, Stage.OPEN, e));
            // the work runs to its end, for a cancel after its first value would leave the rest of it behind
            Mono<T> worked =
                    Flux.defer(() -> Flux.<T>from(work.apply(connection))).reduce((first, later) -> first);
            return finish(
                    what,
                    borrowed,
                    checked.flatMap(goOn -> goOn ? borrowed.unlessCancelled(worked) : Mono.<T>empty())
                            .transform(it -> stillOpen(what, borrowed, it)));
        });
    }

    private static <T> Mono<T> stillOpen(String what, BorrowedConnection borrowed, Mono<T> work) {
        Mono<T> check = Mono.defer(() ->
                borrowed.connection().isAutoCommit() ? Mono.error(FenceErrors.transactionEnded(what)) : Mono.empty());
        return work.flatMap(value -> check.thenReturn(value)).switchIfEmpty(check);
    }

    private static <T> Mono<T> finish(String what, BorrowedConnection borrowed, Mono<T> body) {
        return body.map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(value -> borrowed.commit(what)
                        .onErrorMap(e -> R2dbcErrors.ERRORS.ofUser(what, Stage.COMMIT, e))
                        .thenReturn(value))
                .onErrorResume(e -> borrowed.rollback(e).then(Mono.error(e)))
                .flatMap(Mono::justOrEmpty);
    }

    private <T> Mono<T> use(String what, Function<BorrowedConnection, Mono<T>> body) {
        return Mono.deferContextual(context -> {
            Sinks.One<T> result = Sinks.unsafe().one();
            Sinks.Empty<Void> cancel = Sinks.empty();
            AtomicBoolean unwanted = new AtomicBoolean();
            granted(what, cancel.asMono(), context)
                    .flatMap(borrowed -> Mono.defer(() -> body.apply(borrowed))
                            .materialize()
                            .flatMap(signal -> giveBack(borrowed, context).thenReturn(signal))
                            .<T>dematerialize())
                    .subscribe(
                            result::tryEmitValue,
                            error -> {
                                if (!unwanted.get()) {
                                    result.tryEmitError(error);
                                } else if (!(error instanceof Cancelled)) {
                                    Operators.onErrorDropped(error, Context.of(context));
                                }
                            },
                            result::tryEmitEmpty,
                            Context.of(context));
            return result.asMono().doOnCancel(() -> {
                unwanted.set(true);
                cancel.tryEmitError(new Cancelled());
            });
        });
    }

    /** The grant itself is never cancelled; one that comes too late is closed. */
    private Mono<BorrowedConnection> granted(String what, Mono<Void> cancelled, ContextView context) {
        Sinks.One<Connection> grant = Sinks.unsafe().one();
        Mono<Connection> tooLate = timeouts.next().then(Mono.error(() -> FenceErrors.noConnection(what, options)));
        Mono.from(factory.create())
                .subscribe(
                        grant::tryEmitValue,
                        grant::tryEmitError,
                        () -> grant.tryEmitError(new IllegalStateException("the factory gave no connection")),
                        Context.of(context));
        return Mono.firstWithSignal(cancelled.then(Mono.<Connection>empty()), grant.asMono(), tooLate)
                .doOnError(e -> grant.asMono()
                        .flatMap(late -> giveBack(new BorrowedConnection(late, cancelled, timeouts), context))
                        .subscribe(done -> {}, failed -> {}))
                .onErrorMap(e -> e instanceof Cancelled ? e : R2dbcErrors.ERRORS.ofConnecting(what, e))
                .map(connection -> new BorrowedConnection(connection, cancelled, timeouts));
    }

    private static Mono<Void> giveBack(BorrowedConnection borrowed, ContextView context) {
        return borrowed.giveBack().onErrorResume(e -> {
            Operators.onErrorDropped(e, Context.of(context));
            return Mono.empty();
        });
    }

    /** The borrower's subscription was cancelled. */
    private static final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Cancelled() {
            super("cancelled", null, false, false);
        }
    }
}
