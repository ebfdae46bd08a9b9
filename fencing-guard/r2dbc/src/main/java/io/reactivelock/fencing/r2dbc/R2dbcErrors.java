package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.reactivelock.fencing.postgresql.FenceErrors;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads the SQLSTATE out of what an R2DBC driver signals. */
final class R2dbcErrors {
    static final FenceErrors ERRORS = new FenceErrors(R2dbcErrors::state);

    private R2dbcErrors() {}

    private static @Nullable String state(Throwable error) {
        if (error instanceof TimeoutException || error instanceof IOException) {
            return FenceErrors.LOST;
        }
        if (!(error instanceof R2dbcException answer)) {
            return null;
        }
        String state = answer.getSqlState();
        if (error instanceof R2dbcRollbackException && (state == null || !state.startsWith("40"))) {
            // the driver's own, when the server answers a COMMIT with ROLLBACK: the work went on after an error
            return "25P02";
        }
        return state == null ? FenceErrors.LOST : state;
    }
}
