package io.reactivelock.fencing;

import io.reactivelock.fencing.FencingGuardException.Kind;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The one place that says what an SQLSTATE means to a caller. Knows no driver. */
final class SqlErrors {
    /** The words of the SQL functions; a resource may contain anything. */
    private static final Pattern STALE =
            Pattern.compile("token (\\d+) of resource \"(.*)\" is stale: the highest is (\\d+)", Pattern.DOTALL);

    private static final String OBJECTS = "fencing_guard";

    private SqlErrors() {}

    /** What the connection had been asked when it failed. */
    enum Stage {
        /** Nothing yet: there was no connection. */
        CONNECT,
        /** Something within an open transaction, which ends with the connection, without effect. */
        OPEN,
        /** To commit, or a statement that commits by itself. */
        COMMIT
    }

    /**
     * Says what a failure means.
     *
     * @param what what the guard was doing
     * @param stage how far it had come
     * @param state the SQLSTATE; null where the server sent none: the connection or its reply was lost
     * @param cause the driver's exception
     * @return what it means; null where it means nothing to the guard: the error of the user's own SQL
     */
    static @Nullable FencingException translate(String what, Stage stage, @Nullable String state, Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        if (state == null) {
            return lost(what, stage, cause);
        }
        return switch (state) {
            case "FG001" -> stale(message, cause);
            case "FG002", "FG003", "FG004" -> new FencingGuardException(Kind.PERMANENT, message, cause);
            // serialisation failure, deadlock, lock time-out, statement time-out
            case "40001", "40P01", "55P03", "57014" -> failed(what, Kind.TRANSIENT, message, cause);
            // statement completion unknown
            case "40003" -> failed(what, Kind.UNKNOWN, message, cause);
            case "25006" -> failed(what, Kind.PERMANENT, "not the primary, or read-only: " + message, cause);
            case "25P02" -> failed(what, Kind.PERMANENT, "an earlier statement of the transaction failed", cause);
            // undefined table, undefined function
            case "42P01", "42883" ->
                message.contains(OBJECTS)
                        ? failed(what, Kind.PERMANENT, "run createSchema(), or its SQL: " + message, cause)
                        : null;
            // idle-in-transaction and transaction time-out, shutdown, crash, start-up: the connection is closed
            case "25P03", "25P04", "57P01", "57P02", "57P03", "57P05" -> lost(what, stage, cause);
            default -> byClass(what, stage, state, message, cause);
        };
    }

    private static @Nullable FencingException byClass(
            String what, Stage stage, String state, String message, Throwable cause) {
        if (state.startsWith("08")) {
            return lost(what, stage, cause);
        }
        // too many connections, out of memory, disk full
        return state.startsWith("53") ? failed(what, Kind.TRANSIENT, message, cause) : null;
    }

    static FencingGuardException failed(String what, Kind kind, String message, Throwable cause) {
        return new FencingGuardException(kind, what + ": " + message, cause);
    }

    private static FencingGuardException lost(String what, Stage stage, Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        return switch (stage) {
            case CONNECT -> failed(what, Kind.TRANSIENT, "no connection: " + message, cause);
            case OPEN -> failed(what, Kind.TRANSIENT, "connection lost before the commit: " + message, cause);
            case COMMIT -> failed(what, Kind.UNKNOWN, "no reply, so it may have been committed: " + message, cause);
        };
    }

    private static FencingException stale(String message, Throwable cause) {
        Matcher matcher = STALE.matcher(message);
        if (!matcher.find()) {
            return new FencingGuardException(Kind.PERMANENT, "not the guard's own message: " + message, cause);
        }
        return new StaleTokenException(
                matcher.group(2), Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(3)), cause);
    }
}
