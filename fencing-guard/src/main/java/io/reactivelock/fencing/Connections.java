package io.reactivelock.fencing;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.spi.FenceErrors;
import io.reactivelock.fencing.spi.FenceErrors.Stage;
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
 * a loan runs on a subscription of its own that nobody can cancel; the caller's cancel is a signal to it, at which it stops where
 * that is safe: before a connection came, before a statement is sent, and in the work, never between a statement and its reply.
 */
final class Connections {
    private final ConnectionFactory factory;
    private final FencingGuardOptions options;
    private final Deadlines deadlines;

    Connections(ConnectionFactory factory, FencingGuardOptions options) {
        this.factory = factory;
        this.options = options;
        this.deadlines = new Deadlines(options.replyTimeout());
    }

    /** Completes when a reply that is awaited from the subscription on should have come. */
    Mono<Void> deadline() {
        return deadlines.next();
    }

    /** One statement that commits by itself; or, where the factory hands out connections with a transaction open, commits that. */
    <T> Mono<T> inOneStatement(String what, Function<Connection, Mono<T>> statement) {
        return use(what, loan -> {
            Connection connection = loan.connection();
            Stage stage = connection.isAutoCommit() ? Stage.COMMIT : Stage.OPEN;
            Mono<T> reply = loan.reply(Mono.defer(() -> statement.apply(connection)))
                    .onErrorMap(e -> R2dbcErrors.ERRORS.ofUser(what, stage, e));
            return finish(what, loan, reply);
        });
    }

    /** Transaction, check, work where the check says so, commit. */
    <T> Mono<T> inTransaction(
            String what,
            Function<Connection, Mono<Boolean>> check,
            Function<? super Connection, ? extends Publisher<? extends T>> work) {
        return use(what, loan -> {
            Connection connection = loan.connection();
            Mono<Boolean> checked = loan.begin()
                    .then(loan.reply(Mono.defer(() -> check.apply(connection))))
                    .onErrorMap(e -> R2dbcErrors.ERRORS.own(what, Stage.OPEN, e));
            // the work runs to its end, for a cancel after its first value would leave the rest of it behind
            Mono<T> worked =
                    Flux.defer(() -> Flux.<T>from(work.apply(connection))).reduce((first, later) -> first);
            return finish(
                    what,
                    loan,
                    checked.flatMap(goOn -> goOn ? loan.unlessCancelled(worked) : Mono.<T>empty())
                            .transform(it -> stillOpen(what, loan, it)));
        });
    }

    private static <T> Mono<T> stillOpen(String what, Loan loan, Mono<T> work) {
        Mono<T> check = Mono.defer(
                () -> loan.connection().isAutoCommit() ? Mono.error(FenceErrors.transactionEnded(what)) : Mono.empty());
        return work.flatMap(value -> check.thenReturn(value)).switchIfEmpty(check);
    }

    private static <T> Mono<T> finish(String what, Loan loan, Mono<T> body) {
        return body.map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(value -> loan.commit(what)
                        .onErrorMap(e -> R2dbcErrors.ERRORS.ofUser(what, Stage.COMMIT, e))
                        .thenReturn(value))
                .onErrorResume(e -> loan.rollback(e).then(Mono.error(e)))
                .flatMap(Mono::justOrEmpty);
    }

    private <T> Mono<T> use(String what, Function<Loan, Mono<T>> body) {
        return Mono.deferContextual(context -> {
            Sinks.One<T> result = Sinks.unsafe().one();
            Sinks.Empty<Void> cancel = Sinks.empty();
            AtomicBoolean unwanted = new AtomicBoolean();
            granted(what, cancel.asMono(), context)
                    .flatMap(loan -> Mono.defer(() -> body.apply(loan))
                            .materialize()
                            .flatMap(signal -> giveBack(loan, context).thenReturn(signal))
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
    private Mono<Loan> granted(String what, Mono<Void> cancelled, ContextView context) {
        Sinks.One<Connection> grant = Sinks.unsafe().one();
        Mono<Connection> tooLate = deadlines.next().then(Mono.error(() -> FenceErrors.noConnection(what, options)));
        Mono.from(factory.create())
                .subscribe(
                        grant::tryEmitValue,
                        grant::tryEmitError,
                        () -> grant.tryEmitError(new IllegalStateException("the factory gave no connection")),
                        Context.of(context));
        return Mono.firstWithSignal(cancelled.then(Mono.<Connection>empty()), grant.asMono(), tooLate)
                .doOnError(e -> grant.asMono()
                        .flatMap(late -> giveBack(new Loan(late, cancelled, deadlines), context))
                        .subscribe(done -> {}, failed -> {}))
                .onErrorMap(e -> e instanceof Cancelled ? e : R2dbcErrors.ERRORS.ofConnecting(what, e))
                .map(connection -> new Loan(connection, cancelled, deadlines));
    }

    private static Mono<Void> giveBack(Loan loan, ContextView context) {
        return loan.giveBack().onErrorResume(e -> {
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
