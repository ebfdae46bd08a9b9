package io.reactivelock.fencing.postgresql;

import io.reactivelock.fencing.FencingException;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says what an error of the database means to a caller. A driver gives the SQLSTATE of its exceptions; every
 * method gives back the guard's exception, or the error itself where it is none of the guard's.
 *
 * <p>Immutable.
 */
public final class FenceErrors {
    /** The SQLSTATE of a connection that was lost, and of a reply that did not come. */
    public static final String LOST = "08006";

    /** The words of the SQL functions; a resource may contain anything. */
    private static final Pattern STALE =
            Pattern.compile("token (\\d+) of resource \"(.*)\" is stale: the highest is (\\d+)", Pattern.DOTALL);

    private static final String OBJECTS = "fencing_guard";

    /** The server closes the connection in the middle of something: transaction time-out, shutdown, crash. */
    private static final Set<String> CLOSED = Set.of("25P04", "57P01", "57P02");

    /** The server closes, or refuses, a connection that does nothing: time-outs of idle sessions, start-up. */
    private static final Set<String> CLOSED_IDLE = Set.of("25P03", "57P03", "57P05");

    /** An answer of the server; but a proxy says it, too, when its server is gone. */
    private static final String PROTOCOL_VIOLATION = "08P01";

    private final SqlState states;

    /**
     * Reads the errors of one driver.
     *
     * @param states reads the driver's exceptions
     */
    public FenceErrors(SqlState states) {
        this.states = Objects.requireNonNull(states, "states");
    }

    /** Reads what a driver signals. */
    @FunctionalInterface
    public interface SqlState {
        /**
         * Reads an error.
         *
         * @param error any error
         * @return its SQLSTATE, {@link #LOST} where the connection or the reply was lost; null where it comes neither from the
         *     database nor from the way to it
         */
        @Nullable
        String of(Throwable error);
    }

    /** What the connection had been asked when it failed. */
    public enum Stage {
        /** Nothing yet: there was no connection. */
        CONNECT,
        /** Something within an open transaction, which ends with the connection, without effect. */
        OPEN,
        /** To commit, or a statement that commits by itself. */
        COMMIT
    }

    /**
     * For the attempt to get a connection, where pools signal errors of their own.
     *
     * @param what what the guard was doing
     * @param error any error
     * @return a guard's exception
     */
    public FencingException ofConnecting(String what, Throwable error) {
        return own(what, Stage.CONNECT, error) instanceof FencingException translated
                ? translated
                : failed(what, Kind.TRANSIENT, "no connection: " + error.getMessage(), error);
    }

    /**
     * For a statement of the guard's own: every answer of the database is one of the guard.
     *
     * @param what what the guard was doing
     * @param stage how far it had come
     * @param error any error
     * @return a guard's exception, or the error where it did not come from the database
     */
    public Throwable own(String what, Stage stage, Throwable error) {
        Throwable translated = ofUser(what, stage, error);
        return translated == error && states.of(error) != null
                ? failed(what, Kind.PERMANENT, String.valueOf(error.getMessage()), error)
                : translated;
    }

    /**
     * For a statement with SQL of the user's: what is not about fence, transaction or connection is the user's, untouched.
     *
     * @param what what the guard was doing
     * @param stage how far it had come
     * @param error any error
     * @return a guard's exception, or the error
     */
    public Throwable ofUser(String what, Stage stage, Throwable error) {
        String state = states.of(error);
        FencingException translated = state == null ? null : translate(what, stage, state, error);
        return translated == null ? error : translated;
    }

    /**
     * Whether nobody may use the connection again after this: it was lost, a reply on it did not come, or the server closes it. The
     * server says so first, so that a pool may not have noticed.
     *
     * @param error any error
     * @return whether it is to be closed, and not to be given back to a pool as it is
     */
    public boolean isLost(Throwable error) {
        String state = states.of(error);
        return state != null && isLost(state);
    }

    private static boolean isLost(String state) {
        return state.startsWith("08") || CLOSED.contains(state) || CLOSED_IDLE.contains(state);
    }

    /**
     * A connection did not come in time.
     *
     * @param what what the guard was doing
     * @param options how long it waits
     * @return a guard's exception
     */
    public static FencingGuardException noConnection(String what, FencingGuardOptions options) {
        return new FencingGuardException(
                Kind.TRANSIENT, what + ": no connection within " + options.replyTimeout(), null);
    }

    /**
     * A check came on a connection in auto-commit, where its lock would end with it.
     *
     * @param what what the guard was doing
     * @return a guard's exception
     */
    public static FencingGuardException autoCommit(String what) {
        return new FencingGuardException(
                Kind.PERMANENT, what + ": the connection is in auto-commit; begin a transaction", null);
    }

    /**
     * The work committed or rolled back what the guard was to commit.
     *
     * @param what what the guard was doing
     * @return a guard's exception
     */
    public static FencingGuardException transactionEnded(String what) {
        return new FencingGuardException(
                Kind.PERMANENT,
                what + ": the work ended the transaction itself; what it wrote after that was not guarded",
                null);
    }

    /**
     * A connection came with a transaction open that the guard did not begin, so that it is not the guard's to commit.
     *
     * @param what what the guard was doing
     * @return a guard's exception
     */
    public static FencingGuardException transactionOpen(String what) {
        return new FencingGuardException(
                Kind.PERMANENT,
                what + ": the connection came with a transaction open, which is not the guard's to commit;"
                        + " use check() in a transaction of your own",
                null);
    }

    /**
     * The connection was found closed when the commit was to be sent.
     *
     * @param what what the guard was doing
     * @return a guard's exception
     */
    public static FencingGuardException closedBeforeCommit(String what) {
        return new FencingGuardException(Kind.TRANSIENT, what + ": connection lost before the commit", null);
    }

    /**
     * The commit was answered with a warning: the wait for a synchronous standby was cancelled, so that what is committed here may
     * be unknown there.
     *
     * @param what what the guard was doing
     * @param warning the server's words
     * @return a guard's exception
     */
    public static FencingGuardException unconfirmed(String what, String warning) {
        return failed(
                what, Kind.UNKNOWN, "committed with a warning, so it may be lost with this server: " + warning, null);
    }

    private static @Nullable FencingException translate(String what, Stage stage, String state, Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        if (CLOSED_IDLE.contains(state)) {
            return failed(what, Kind.TRANSIENT, "the connection was closed before it was asked: " + message, cause);
        }
        if (isLost(state) && !(state.equals(PROTOCOL_VIOLATION) && stage == Stage.OPEN)) {
            return lost(what, stage, cause);
        }
        return switch (state) {
            case "FG001" -> stale(message, cause);
            case "FG002", "FG003", "FG004", "FG005", "FG006", "FG008", "FG009" ->
                new FencingGuardException(Kind.PERMANENT, message, cause);
            case "FG007" -> transactionEnded(what);
            case "25P01" -> autoCommit(what);
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
            // too many connections, out of memory, disk full
            default -> state.startsWith("53") ? failed(what, Kind.TRANSIENT, message, cause) : null;
        };
    }

    private static FencingGuardException failed(String what, Kind kind, String message, @Nullable Throwable cause) {
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
