package io.reactivelock.speed.fenced;

import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Statement;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.fencing.postgresql.RowFence;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.pgguard.VertxFencingGuard;
import io.reactivelock.speed.harness.Chains;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Tuple;
import java.util.function.Function;
import java.util.function.IntFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How a row is written: with or without the guard, over R2DBC or Vert.x. */
public enum WriteForm {
    /** The statement alone, in auto-commit. */
    PLAIN("R2DBC, unfenced") {
        @Override
        Writes open(ConnectionFactory pool, String url) {
            return reactive(row -> Mono.usingWhen(
                    pool.create(),
                    connection -> Mono.from(
                                    bind(connection.createStatement(SQL), row).execute())
                            .flatMap(result -> Mono.from(result.getRowsUpdated())),
                    connection -> connection.close()));
        }
    },
    /** The same statement by {@link R2dbcFencingGuard#update}. */
    FENCED("R2DBC, fenced") {
        @Override
        Writes open(ConnectionFactory pool, String url) {
            R2dbcFencingGuard guard = R2dbcFencingGuard.create(pool);
            return reactive(row -> guard.update(resource(row), TOKEN, SQL, statement -> bind(statement, row)));
        }
    },
    /** The same statement by {@link R2dbcFencingGuard#update} with a fence in the row. */
    ROW_FENCED("R2DBC, fence in the row") {
        @Override
        Writes open(ConnectionFactory pool, String url) {
            R2dbcFencingGuard guard = R2dbcFencingGuard.create(pool);
            return reactive(
                    row -> guard.update(IN_ROWS, String.valueOf(row), TOKEN, SQL, statement -> bind(statement, row)));
        }
    },
    /** The statement alone, over the Vert.x PostgreSQL client. */
    VERTX_PLAIN("Vert.x, unfenced") {
        @Override
        Writes open(ConnectionFactory pool, String url) {
            return onVertx(
                    url,
                    own -> row -> own.preparedQuery(SQL)
                            .execute(Tuple.of(1L, row))
                            .map(SqlResult::rowCount)
                            .map(Integer::longValue));
        }
    },
    /** The same statement by {@link VertxFencingGuard#update}. */
    VERTX_FENCED("Vert.x, fenced") {
        @Override
        Writes open(ConnectionFactory pool, String url) {
            return onVertx(url, own -> {
                VertxFencingGuard guard = VertxFencingGuard.create(own);
                return row -> guard.update(resource(row), TOKEN, SQL, Tuple.of(1L, row));
            });
        }
    },
    /** The same statement by {@link VertxFencingGuard#update} with a fence in the row. */
    VERTX_ROW_FENCED("Vert.x, fence in the row") {
        @Override
        Writes open(ConnectionFactory pool, String url) {
            return onVertx(url, own -> {
                VertxFencingGuard guard = VertxFencingGuard.create(own);
                return row -> guard.update(IN_ROWS, String.valueOf(row), TOKEN, SQL, Tuple.of(1L, row));
            });
        }
    };

    /** How many rows there are. */
    static final int ROWS = 1_000;

    /** Of the holder of all rows' locks. */
    static final FencingToken TOKEN = new FencingToken(1, new Holder(1, 1));

    /** The fence in the rows of the table. */
    static final RowFence IN_ROWS = RowFence.of("account", "id", "account:");

    private static final int CONNECTIONS = 8;
    private static final String SQL = "UPDATE account SET amount = amount + $1 WHERE id = $2";

    private final String title;

    WriteForm(String title) {
        this.title = title;
    }

    /** Writes one row after the other, so many at a time, and blocks until all is done. */
    interface Writes extends AutoCloseable {
        void run(int count, int inFlight);

        @Override
        void close();
    }

    String title() {
        return title;
    }

    /**
     * Opens what writes.
     *
     * @param pool for who writes over R2DBC; stays the caller's
     * @param url of the same database
     */
    abstract Writes open(ConnectionFactory pool, String url);

    static String resource(int row) {
        return "account:" + row;
    }

    private static Statement bind(Statement statement, int row) {
        return statement.bind(0, 1).bind(1, row);
    }

    private static Writes reactive(IntFunction<Mono<Long>> write) {
        return new Writes() {
            @Override
            public void run(int count, int inFlight) {
                Flux.range(0, count)
                        .flatMap(
                                i -> write.apply(i % ROWS)
                                        .filter(rows -> rows == 1)
                                        .single(),
                                inFlight)
                        .blockLast();
            }

            @Override
            public void close() {}
        };
    }

    private static Writes onVertx(String url, Function<Pool, IntFunction<Future<Long>>> form) {
        Vertx vertx = Vertx.vertx();
        Pool pool = PgBuilder.pool()
                .connectingTo(PgConnectOptions.fromUri(url.substring("r2dbc:".length()))
                        .setCachePreparedStatements(true))
                .with(new PoolOptions().setMaxSize(CONNECTIONS))
                .using(vertx)
                .build();
        IntFunction<Future<Long>> write = form.apply(pool);
        return new Writes() {
            @Override
            public void run(int count, int inFlight) {
                Chains.run(
                        vertx.getOrCreateContext(),
                        count,
                        inFlight,
                        i -> write.apply(i % ROWS).map(rows -> {
                            if (rows != 1) {
                                throw new IllegalStateException(rows + " rows written");
                            }
                            return rows;
                        }));
            }

            @Override
            public void close() {
                pool.close().await();
                vertx.close().await();
            }
        };
    }
}
