package io.reactivelock.spring.fenced;

import io.r2dbc.spi.R2dbcException;
import io.reactivelock.fencing.postgresql.FenceErrors;
import io.reactivelock.fencing.postgresql.FenceErrors.Stage;
import io.reactivelock.spring.UnfencedWriteException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;

/** What the refusals of a guarded database are called in a Spring application. */
final class Refusals {
    private static final FenceErrors ERRORS = new FenceErrors(Refusals::state);

    private Refusals() {}

    /**
     * Takes an error of the driver, or what Spring has made of it.
     *
     * @return the error by its name, or as it is
     */
    static Throwable translate(Throwable error) {
        String state = state(error);
        if (state == null) {
            return error;
        }
        return switch (state) {
            case "FG001" -> ERRORS.ofUser("statement", Stage.OPEN, cause(error));
            case "FG005" -> new UnfencedWriteException(String.valueOf(error.getMessage()), error);
            // lock_not_available, for which Spring has a name where it speaks JDBC
            case "55P03" -> new CannotAcquireLockException(String.valueOf(error.getMessage()), error);
            default -> error;
        };
    }

    private static Throwable cause(Throwable error) {
        Throwable cause = error.getCause();
        return error instanceof DataAccessException && cause != null ? cause : error;
    }

    private static @Nullable String state(Throwable error) {
        return !(error instanceof UnfencedWriteException || error instanceof CannotAcquireLockException)
                        && cause(error) instanceof R2dbcException answer
                ? answer.getSqlState()
                : null;
    }
}
