package io.reactivelock.fencing.postgresql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The texts that go to PostgreSQL. Knows no driver. */
final class FenceSql {
    /** Tables and functions; several statements, to be sent as one. */
    static final String SCHEMA = resource("/io/reactivelock/fencing/postgresql/fencing_guard.sql");

    /** Resource, token, holder, lock time-out in milliseconds. */
    static final String ADVANCE = "SELECT fencing_guard_advance($1, $2, $3, $4)";

    /** Resource, token, holder, lock time-out and idle time-out in milliseconds. */
    static final String CHECK = "SELECT fencing_guard_check($1, $2, $3, $4, $5)";

    /** As {@link #CHECK}, with the operation after the holder. */
    static final String CHECK_ONCE = "SELECT fencing_guard_check_once($1, $2, $3, $4, $5, $6)";

    /** As {@link #CHECK}, with arrays. */
    static final String CHECK_ALL = "SELECT fencing_guard_check_all($1::text[], $2::bigint[], $3::text[], $4, $5)";

    /** Table, expression, lock time-out in milliseconds. */
    static final String ENFORCE = "SELECT fencing_guard_enforce($1::text::regclass, $2, $3)";

    /** Table, lock time-out in milliseconds. */
    static final String LIFT = "SELECT fencing_guard_lift($1::text::regclass, $2)";

    private FenceSql() {}

    /**
     * Makes one statement of the fence and the user's statement. The fence is one locking read: the row must have exactly this token
     * and holder both in the snapshot in which the user's statement reads, and, after the wait for the lock, in its newest version.
     * The CASE takes the lock before the user's statement runs, and notes for enforced tables that it has. The text is the same for every call, so that the server's plan and
     * the driver's prepared statement are used again.
     *
     * @param statement the user's statement; its parameters are followed by resource, token and holder
     * @param lockTimeoutMillis how long to wait for row locks
     */
    static String fenced(WriteStatement statement, long lockTimeoutMillis) {
        int last = statement.parameters();
        String fence = "$" + (last + 1) + "::text, $" + (last + 2) + "::bigint, $" + (last + 3) + "::text";
        return "WITH fencing_guard_fence AS MATERIALIZED (SELECT FROM fencing_guard AS fence"
                + " WHERE (fence.resource, fence.token, fence.holder) = (" + fence + ") FOR UPDATE),\n"
                + "fencing_guard_work AS (\n" + statement.sql() + "\nRETURNING 1)\n"
                + "SELECT CASE WHEN current_setting('lock_timeout') = '0'"
                + " AND set_config('lock_timeout', '" + lockTimeoutMillis + "', true) IS NULL THEN 0"
                + " WHEN EXISTS (SELECT FROM fencing_guard_fence) THEN CASE WHEN fencing_guard_note($" + (last + 1)
                + "::text) IS NULL THEN 0 ELSE (SELECT count(*) FROM fencing_guard_work) END"
                + " ELSE fencing_guard_refuse(" + fence + ") END";
    }

    private static String resource(String name) {
        try (InputStream in = FenceSql.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
