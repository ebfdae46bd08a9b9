package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import io.reactivelock.fencing.postgresql.FenceErrors;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads what the server answers, to its end: a statement in auto-commit is committed only then. */
final class Results {
    /** Success, warning and no data; every other class of SQLSTATE is an error. */
    private static final Set<String> NOTICES = Set.of("00", "01", "02");

    private static final String WARNING = "01000";

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
        return rows(what, statement, row -> true).then();
    }

    /** {@link #only} of what commits. */
    static <T> Mono<T> committed(String what, Statement statement, Class<T> type) {
        return rows(what, statement, row -> value(row, type)).single();
    }

    private static <T> T value(Readable row, Class<T> type) {
        return Objects.requireNonNull(row.get(0, type));
    }

    private static <T> Flux<T> rows(String what, Statement statement, Function<Readable, T> read) {
        return Flux.defer(() -> {
            AtomicBoolean committing = new AtomicBoolean();
            return Flux.from(statement.execute())
                    .concatMap(result -> result.flatMap(segment -> segment(what, committing, segment, read)));
        });
    }

    /** What comes after the number of the first statement's rows comes with the commit. */
    private static <T> Publisher<T> segment(
            String what, AtomicBoolean committing, Result.Segment segment, Function<Readable, T> read) {
        if (segment instanceof Result.RowSegment row) {
            return Mono.just(read.apply(row.row()));
        }
        if (segment instanceof Result.UpdateCount) {
            committing.set(true);
        }
        if (segment instanceof Result.Message message) {
            String state = String.valueOf(message.sqlState());
            if (!NOTICES.contains(state.substring(0, 2))) {
                return Mono.error(message.exception());
            }
            if (committing.get() && state.equals(WARNING)) {
                return Mono.error(FenceErrors.unconfirmed(what, message.message()));
            }
        }
        return Mono.empty();
    }
}
