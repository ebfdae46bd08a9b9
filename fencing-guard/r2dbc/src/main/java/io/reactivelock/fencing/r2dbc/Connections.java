package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import java.util.Optional;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Borrows connections, for one statement or for a transaction, and gives every one of them back. */
final class Connections {
    private final ConnectionFactory factory;
    private final FencingGuardOptions options;
    private final ReplyTimeouts timeouts;

    Connections(ConnectionFactory factory, FencingGuardOptions options) {
        this.factory = factory;
        this.options = options;
        this.timeouts = new ReplyTimeouts(options.replyTimeout());
    }

    /** Bounds the wait for the reply to a statement on anybody's connection. */
    <T> Mono<T> reply(Mono<T> statement) {
        return timeouts.limit(statement);
    }

    /** One statement that commits by itself. */
    <T> Mono<T> inOneStatement(String what, Function<Connection, Mono<T>> statement) {
        return use(
                what,
                borrowed -> borrowed.unlessOpen(
                                what, borrowed.reply(Mono.defer(() -> statement.apply(borrowed.connection()))))
                        .onErrorMap(e -> R2dbcErrors.ERRORS.ofUser(what, Stage.COMMIT, e)));
    }

    /** Transaction, check, work where the check says so, commit. */
    <T> Mono<T> inTransaction(
            String what,
            Function<Connection, Mono<Boolean>> check,
            Function<? super Connection, ? extends Publisher<? extends T>> work) {
        return use(what, borrowed -> borrowed.unlessOpen(what, transaction(what, borrowed, check, work)));
    }

    private static <T> Mono<T> transaction(
            String what,
            BorrowedConnection borrowed,
            Function<Connection, Mono<Boolean>> check,
            Function<? super Connection, ? extends Publisher<? extends T>> work) {
        Connection connection = borrowed.connection();
        // sent one behind the other, in one round trip
        Mono<Boolean> checked = borrowed.reply(Mono.zip(
                        Mono.from(connection.beginTransaction()).thenReturn(true),
                        Mono.defer(() -> check.apply(connection)),
                        (begun, goOn) -> goOn))
                .onErrorMap(e -> R2dbcErrors.ERRORS.own(what, Stage.OPEN, e));
        // the work runs to its end, for a cancel after its first value would leave the rest of it behind
        Mono<T> worked = Flux.defer(() -> ofWork(connection, work)).reduce((first, later) -> first);
        return checked.flatMap(goOn -> goOn ? borrowed.unlessCancelled(worked) : Mono.<T>empty())
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .flatMap(value -> borrowed.commit(what)
                        .onErrorMap(e -> R2dbcErrors.ERRORS.ofUser(what, Stage.COMMIT, e))
                        .thenReturn(value))
                .onErrorResume(e ->
                        borrowed.rollback(e).then(Mono.<Optional<T>>error(e).hide()))
                .flatMap(Mono::justOrEmpty);
    }

    /**
     * An Error as well is the work's, and rolls back. Reactor would let it through, and the transaction stay open; also where an
     * operator sees that a Mono is nothing but an error, and throws it instead of subscribing.
     */
    private static <T> Flux<T> ofWork(
            Connection connection, Function<? super Connection, ? extends Publisher<? extends T>> work) {
        try {
            return Flux.from(work.apply(connection));
        } catch (Throwable e) {
            return Flux.<T>error(e).hide();
        }
    }

    private <T> Mono<T> use(String what, Function<BorrowedConnection, Mono<T>> body) {
        return ConnectionUse.of(what, factory, options, timeouts, body);
    }
}
