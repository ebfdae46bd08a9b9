package io.reactivelock.fencing.postgresql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The texts that go to PostgreSQL. Knows no driver. */
final class FenceSql {
    /** Tables and functions, in one statement. */
    static final String SCHEMA = resource("/io/reactivelock/fencing/postgresql/fencing_guard.sql");

    /*
     * Every parameter has its type, and every operator its schema: an overload of somebody else's, in a schema of the search_path,
     * would fit better otherwise, and be called.
     */

    /** The name of a table, which is looked for as in a statement of the session. */
    private static final String TABLE = "text::pg_catalog.regclass";

    /** Resource, token, holder, lock time-out in milliseconds. */
    static final String ADVANCE = call("fencing_guard_advance", "text", "int8", "text", "int4");

    /** Resource, token, holder, lock time-out and idle time-out in milliseconds. */
    static final String CHECK = call("fencing_guard_check", "text", "int8", "text", "int4", "int4");

    /** Resource, token, holder, after a statement that wrote nothing. */
    static final String CONFIRM = call("fencing_guard_confirm", "text", "int8", "text");

    /** As {@link #CHECK}, with the operation after the holder. */
    static final String CHECK_ONCE = call("fencing_guard_check_once", "text", "int8", "text", "text", "int4", "int4");

    /** As {@link #CHECK}, with arrays. */
    static final String CHECK_ALL = call("fencing_guard_check_all", "text[]", "int8[]", "text[]", "int4", "int4");

    /**
     * Fails unless this transaction has passed a check: one that has failed would answer COMMIT with a ROLLBACK that looks the same,
     * and one that the work has begun itself would be committed unguarded. Without parameters, so that it is one text.
     */
    static final String COMMIT = "SELECT fencing_guard_still_passed(); COMMIT";

    /** Fails outside a transaction, where the lock would end with the statement; inside one it locks nobody out. */
    static final String STILL_OPEN = "LOCK TABLE ONLY fencing_guard IN ACCESS SHARE MODE";

    /** Table, expression, lock time-out in milliseconds. */
    static final String ENFORCE = call("fencing_guard_enforce", TABLE, "text", "int4");

    /** Table, lock time-out in milliseconds. */
    static final String FENCE_ROWS = call("fencing_guard_fence_rows", TABLE, "int4");

    /** Table, column, key, resource, token, holder, lock time-out in milliseconds. */
    static final String ADVANCE_ROWS =
            call("fencing_guard_advance_rows", TABLE, "text", "text", "text", "int8", "text", "int4");

    /** Table, column, key, resource, token, holder, after a statement that wrote nothing. */
    static final String CONFIRM_ROWS =
            call("fencing_guard_confirm_rows", TABLE, "text", "text", "text", "int8", "text");

    /** Table, lock time-out in milliseconds. */
    static final String LIFT = call("fencing_guard_lift", TABLE, "int4");

    private FenceSql() {}

    /**
     * Makes one statement of the fence and the user's statement. The fence is one locking read: the row must have exactly this token
     * and holder both in the snapshot in which the user's statement reads, and, after the wait for the lock, in its newest version.
     * The text is the same for every call, so that the server's plan and the driver's prepared statement are used again.
     *
     * @param statement the user's statement; its parameters are followed by resource, token and holder
     * @param lockTimeoutMillis how long to wait for row locks
     */
    static String fenced(WriteStatement statement, long lockTimeoutMillis) {
        return statement.condition() < 0 ? around(statement, lockTimeoutMillis) : inside(statement, lockTimeoutMillis);
    }

    /** The user's statement as a part of another one, which counts its rows. The CASE takes the lock before that part is run. */
    private static String around(WriteStatement statement, long lockTimeoutMillis) {
        return "WITH fencing_guard_work AS (\n" + statement.sql() + "\nRETURNING 1)\n"
                + "SELECT CASE WHEN " + locked(statement.parameters(), lockTimeoutMillis)
                + " THEN (SELECT pg_catalog.count(*) FROM fencing_guard_work)"
                + " ELSE fencing_guard_refuse(" + fence(statement.parameters()) + ") END";
    }

    /**
     * The fence as a condition of the user's statement. It has no column of the user's and nothing volatile outside of its own
     * sub-select, so every plan looks at it once, before the first row, and locks the fence before rows of the user's. A row that was
     * changed meanwhile makes the server look at sub-selects again, needed or not; so what refuses is in none.
     */
    private static String inside(WriteStatement statement, long lockTimeoutMillis) {
        return condition(
                statement,
                "coalesce(" + locked(statement.parameters(), lockTimeoutMillis) + ", fencing_guard_refused("
                        + fence(statement.parameters()) + "))");
    }

    /**
     * The user's statement, of rows of a key that have exactly this token and holder: in the snapshot in which it reads, and, after a
     * wait for the lock of a row, in its newest version. Looks at no other row, and at no other table.
     */
    static String fencedRows(WriteStatement statement, RowFence rows) {
        if (statement.condition() < 0) {
            throw new IllegalArgumentException(
                    "an UPDATE or DELETE that begins with its verb, for a fence in rows, not: " + statement.sql());
        }
        int parameters = statement.parameters();
        return condition(
                statement,
                "(" + rows.quotedColumn() + ")::pg_catalog.text OPERATOR(pg_catalog.=) "
                        + parameter(parameters + 1, "text")
                        + " AND fence OPERATOR(pg_catalog.=) " + parameter(parameters + 2, "int8")
                        + " AND fence_holder OPERATOR(pg_catalog.=) " + parameter(parameters + 3, "text"));
    }

    private static String condition(WriteStatement statement, String fence) {
        String sql = statement.sql();
        String condition = sql.substring(statement.condition());
        return (condition.isEmpty() ? sql + "\nWHERE " : sql.substring(0, statement.condition()) + " ")
                + fence
                + (condition.isEmpty() ? "" : " AND (" + condition + "\n)");
    }

    /** The row is found, then the wait is limited, then the row is locked. */
    private static String locked(int parameters, long lockTimeoutMillis) {
        return "(SELECT true FROM fencing_guard AS fencing_guard_fence"
                + " WHERE fencing_guard_fence.resource OPERATOR(pg_catalog.=) " + parameter(parameters + 1, "text")
                + " AND fencing_guard_fence.token OPERATOR(pg_catalog.=) " + parameter(parameters + 2, "int8")
                + " AND fencing_guard_fence.holder OPERATOR(pg_catalog.=) " + parameter(parameters + 3, "text")
                + " AND CASE WHEN pg_catalog.current_setting('lock_timeout') OPERATOR(pg_catalog.=) '0'"
                + " THEN pg_catalog.set_config('lock_timeout', '" + lockTimeoutMillis + "', true) IS NOT NULL"
                + " ELSE true END"
                + " FOR UPDATE)";
    }

    private static String fence(int parameters) {
        return parameter(parameters + 1, "text") + ", " + parameter(parameters + 2, "int8") + ", "
                + parameter(parameters + 3, "text");
    }

    private static String call(String function, String... types) {
        return IntStream.range(0, types.length)
                .mapToObj(i -> parameter(i + 1, types[i]))
                .collect(Collectors.joining(", ", "SELECT " + function + "(", ")"));
    }

    private static String parameter(int number, String type) {
        return "$" + number + "::pg_catalog." + type;
    }

    private static String resource(String name) {
        try (InputStream in = FenceSql.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
