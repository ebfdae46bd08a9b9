package io.reactivelock.fencing;

import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcRollbackException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.SqlErrors.Stage;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads the SQLSTATE out of what an R2DBC driver signals. */
final class R2dbcErrors {
    private R2dbcErrors() {}

    /** For a statement of the guard's own: every answer of the database is one of the guard. */
    static Throwable own(String what, Stage stage, Throwable error) {
        Throwable translated = ofUser(what, stage, error);
        return translated == error && error instanceof R2dbcException
                ? SqlErrors.failed(what, Kind.PERMANENT, String.valueOf(error.getMessage()), error)
                : translated;
    }

    /** For a statement with SQL of the user's: what is not about fence, transaction or connection is the user's, untouched. */
    static Throwable ofUser(String what, Stage stage, Throwable error) {
        FencingException translated = null;
        if (error instanceof R2dbcException answer) {
            translated = SqlErrors.translate(what, stage, state(answer), error);
        } else if (error instanceof TimeoutException || error instanceof IOException) {
            translated = SqlErrors.translate(what, stage, null, error);
        }
        return translated == null ? error : translated;
    }

    /** For the attempt to get a connection, where pools signal errors of their own. */
    static Throwable ofConnecting(String what, Throwable error) {
        Throwable translated = own(what, Stage.CONNECT, error);
        return translated instanceof FencingException
                ? translated
                : SqlErrors.failed(what, Kind.TRANSIENT, "no connection: " + error.getMessage(), error);
    }

    private static @Nullable String state(R2dbcException error) {
        String state = error.getSqlState();
        if (error instanceof R2dbcRollbackException && (state == null || !state.startsWith("40"))) {
            // the driver's own, when the server answers a COMMIT with ROLLBACK: the work went on after an error
            return "25P02";
        }
        return state;
    }
}
