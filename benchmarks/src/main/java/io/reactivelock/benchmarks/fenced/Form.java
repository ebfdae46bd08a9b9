package io.reactivelock.benchmarks.fenced;

import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Statement;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.fencing.FencingGuard;
import java.util.function.IntFunction;
import reactor.core.publisher.Mono;

/** How a row is written. */
public enum Form {
    /** The statement alone, in auto-commit. */
    PLAIN("unfenced") {
        @Override
        IntFunction<Mono<Long>> writes(ConnectionFactory pool) {
            return row -> Mono.usingWhen(
                    pool.create(),
                    connection -> Mono.from(
                                    bind(connection.createStatement(SQL), row).execute())
                            .flatMap(result -> Mono.from(result.getRowsUpdated())),
                    connection -> connection.close());
        }
    },
    /** The same statement by {@link FencingGuard#update}. */
    FENCED("fenced") {
        @Override
        IntFunction<Mono<Long>> writes(ConnectionFactory pool) {
            FencingGuard guard = FencingGuard.create(pool);
            return row -> guard.update(resource(row), TOKEN, SQL, statement -> bind(statement, row));
        }
    };

    /** Of the holder of all rows' locks. */
    static final FencingToken TOKEN = new FencingToken(1, new Holder(1, 1));

    private static final String SQL = "UPDATE account SET amount = amount + $1 WHERE id = $2";

    private final String title;

    Form(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Returns how a row is written on a connection of this pool; the result is the number of rows. */
    abstract IntFunction<Mono<Long>> writes(ConnectionFactory pool);

    static String resource(int row) {
        return "account:" + row;
    }

    private static Statement bind(Statement statement, int row) {
        return statement.bind(0, 1).bind(1, row);
    }
}
