package io.reactivelock.chaos;

import io.r2dbc.spi.Statement;
import io.reactivelock.FencingToken;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/** What is written and read: one row for each resource, with a number that every write raises. A trigger logs each write. */
final class Table {
    /** Number read, token, holder, op, resource. */
    static final String WRITE =
            "UPDATE chaos_state SET seq = seq + 1, seq_read = $1, token = $2, holder = $3, op = $4 WHERE resource = $5";

    private static final String READ = "SELECT seq FROM chaos_state WHERE resource = $1";
    private static final String FENCE = "SELECT token FROM fencing_guard WHERE resource = $1";

    private Table() {}

    static UnaryOperator<Statement> write(String resource, FencingToken token, long seqRead, long op) {
        return statement -> statement
                .bind("$1", seqRead)
                .bind("$2", token.value())
                .bind("$3", token.holder().toString())
                .bind("$4", op)
                .bind("$5", resource);
    }

    static Mono<Long> read(ChaosDatabase database, String resource) {
        return number(database, READ, resource);
    }

    /** The highest token, read without a lock. */
    static Mono<Long> fence(ChaosDatabase database, String resource) {
        return number(database, FENCE, resource);
    }

    private static Mono<Long> number(ChaosDatabase database, String sql, String resource) {
        return database.rows(sql, statement -> statement.bind("$1", resource), row -> {
                    Long value = row.get(0, Long.class);
                    if (value == null) {
                        throw new IllegalStateException("no number of " + resource);
                    }
                    return value;
                })
                .single();
    }
}
