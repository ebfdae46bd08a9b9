package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import java.util.Objects;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads what the server answers, to its end: a statement in auto-commit is committed only then. */
final class Results {
    private Results() {}

    static Mono<Void> done(Statement statement) {
        return Flux.from(statement.execute()).flatMap(Result::getRowsUpdated).then();
    }

    static <T> Mono<T> only(Statement statement, Class<T> type) {
        return Flux.from(statement.execute())
                .concatMap(result -> result.map(row -> value(row, type)))
                .single();
    }

    /** {@link #done} of what commits: a statement in auto-commit, or statements of which the second is the COMMIT. */
    static Mono<Void> committed(String what, Statement statement) {
        return read(new CommitReply(what), statement);
    }

    /** How many rows were written, by a statement in auto-commit that says so in its only row, or by the server's own number. */
    static Mono<CommitReply> written(String what, Statement statement) {
        CommitReply reply = new CommitReply(what);
        return read(reply, statement).thenReturn(reply);
    }

    private static Mono<Void> read(CommitReply reply, Statement statement) {
        return Flux.from(statement.execute())
                .concatMap(result -> result.flatMap(reply::read))
                .then();
    }

    private static <T> T value(Readable row, Class<T> type) {
        return Objects.requireNonNull(row.get(0, type));
    }
}
