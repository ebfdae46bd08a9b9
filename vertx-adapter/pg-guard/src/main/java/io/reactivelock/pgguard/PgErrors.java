package io.reactivelock.pgguard;

import io.reactivelock.fencing.postgresql.FenceErrors;
import io.vertx.core.VertxException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.DatabaseException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads the SQLSTATE out of what the Vert.x PostgreSQL client signals. */
final class PgErrors {
    static final FenceErrors ERRORS = new FenceErrors(PgErrors::state);

    /** How the client begins its words for a statement on a connection that has ended; they have no type of their own. */
    private static final List<String> ENDED = List.of("Connection is not active now", "Pending requests failed");

    private PgErrors() {}

    /** Whether the connection, or a reply on it, was lost. */
    static boolean isLost(Throwable error) {
        return error instanceof ClosedConnectionException
                || error instanceof TimeoutException
                || error instanceof IOException
                || (error instanceof VertxException && saysEnded(String.valueOf(error.getMessage())));
    }

    private static boolean saysEnded(String message) {
        return ENDED.stream().anyMatch(message::startsWith);
    }

    private static @Nullable String state(Throwable error) {
        if (error instanceof DatabaseException answer) {
            String state = answer.getSqlState();
            return state == null ? FenceErrors.LOST : state;
        }
        return isLost(error) ? FenceErrors.LOST : null;
    }
}
