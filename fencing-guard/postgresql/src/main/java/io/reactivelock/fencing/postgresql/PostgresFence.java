package io.reactivelock.fencing.postgresql;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardOptions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The operations of the guard on PostgreSQL as values, for a driver to send. Every method checks its arguments and throws at once
 * where they are bad; none sends anything.
 *
 * <p>Safe for use by several threads; one for each guard.
 */
public final class PostgresFence {
    /**
     * The highest token that the guard takes: far above any clock, also one of nanoseconds, and far below the end of the numbers, so
     * that there is always one above a fence that was raised by mistake.
     */
    public static final long MAX_TOKEN = 1L << 62;

    /** How many resources one check takes at most. */
    public static final int MAX_RESOURCES = 10_000;

    private static final int MAX_LENGTH = 512;
    private static final FenceCall SCHEMA = new FenceCall("createSchema", FenceSql.SCHEMA, 0, List.of());

    private final FencedStatements statements;
    private final Map<RowFence, FencedStatements> ofRows = new ConcurrentHashMap<>();
    private final Integer lockTimeoutMillis;
    private final Integer idleTimeoutMillis;

    private PostgresFence(FencingGuardOptions options) {
        this.lockTimeoutMillis = (int) options.lockTimeout().toMillis();
        this.idleTimeoutMillis = (int) options.idleInTransactionTimeout().toMillis();
        this.statements = new FencedStatements(write -> FenceSql.fenced(write, lockTimeoutMillis));
    }

    /**
     * The operations with these options.
     *
     * @param options how long the server waits
     * @return the operations
     */
    public static PostgresFence create(FencingGuardOptions options) {
        return new PostgresFence(Objects.requireNonNull(options, "options"));
    }

    /** {@return what creates tables and functions: one statement without parameters, to be sent in auto-commit} */
    public FenceCall createSchema() {
        return SCHEMA;
    }

    /**
     * Makes a table refuse what did not pass the guard. To be sent in auto-commit.
     *
     * @param table the table, as in SQL
     * @param resource an SQL expression over the columns of a row
     * @return what to send; a row without a value is the answer
     */
    public FenceCall enforce(String table, String resource) {
        requireText("a table", table);
        requireText("an expression", resource);
        return new FenceCall(
                "enforce of table " + table, FenceSql.ENFORCE, 0, List.of(table, resource, lockTimeoutMillis));
    }

    /**
     * Lets a table take any write again. To be sent in auto-commit.
     *
     * @param table the table, as in SQL
     * @return what to send; a row without a value is the answer
     */
    public FenceCall lift(String table) {
        requireText("a table", table);
        return new FenceCall("lift of table " + table, FenceSql.LIFT, 0, List.of(table, lockTimeoutMillis));
    }

    /**
     * Makes the token the highest. To be sent in auto-commit.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @return what to send; a row without a value is the answer
     */
    public FenceCall advance(String resource, FencingToken token) {
        requireArguments(resource, token);
        return new FenceCall(
                "advance of resource '" + resource + "' to token " + token.value(),
                FenceSql.ADVANCE,
                0,
                List.of(resource, token.value(), token.holder().toString(), lockTimeoutMillis));
    }

    /**
     * Checks the token and locks the fence. To be sent as the first statement of an open transaction.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @return what to send; a row without a value is the answer
     */
    public FenceCall check(String resource, FencingToken token) {
        requireArguments(resource, token);
        return new FenceCall(
                "check of resource '" + resource + "' with token " + token.value(),
                FenceSql.CHECK,
                0,
                List.of(resource, token.value(), token.holder().toString(), lockTimeoutMillis, idleTimeoutMillis));
    }

    /**
     * {@link #check(String, FencingToken)}, and whether an operation is still to be done. If so, the transaction does it.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param operation the operation, named by the caller
     * @return what to send; the answer is one row with a boolean: true to go on, false where the operation was done before
     */
    public FenceCall checkOnce(String resource, FencingToken token, String operation) {
        requireArguments(resource, token);
        requireName("an operation", operation);
        return new FenceCall(
                "write of operation '" + operation + "' to resource '" + resource + "' with token " + token.value(),
                FenceSql.CHECK_ONCE,
                0,
                List.of(
                        resource,
                        token.value(),
                        token.holder().toString(),
                        operation,
                        lockTimeoutMillis,
                        idleTimeoutMillis));
    }

    /**
     * {@link #check(String, FencingToken)} for several resources at once.
     *
     * @param tokens the token of each resource, 1 to {@link #MAX_RESOURCES}
     * @return what to send; a row without a value is the answer
     */
    public FenceCall check(Map<String, FencingToken> tokens) {
        if (tokens.isEmpty()) {
            throw new IllegalArgumentException("a check of at least one resource, not of none");
        }
        if (tokens.size() > MAX_RESOURCES) {
            throw new IllegalArgumentException(
                    "a check of up to " + MAX_RESOURCES + " resources, not of " + tokens.size());
        }
        List<Map.Entry<String, FencingToken>> entries =
                List.copyOf(Map.copyOf(tokens).entrySet());
        entries.forEach(entry -> requireArguments(entry.getKey(), entry.getValue()));
        String[] resources = entries.stream().map(Map.Entry::getKey).toArray(String[]::new);
        Long[] values = entries.stream().map(entry -> entry.getValue().value()).toArray(Long[]::new);
        String[] holders = entries.stream()
                .map(entry -> entry.getValue().holder().toString())
                .toArray(String[]::new);
        return new FenceCall(
                "check of resources " + tokens.keySet(),
                FenceSql.CHECK_ALL,
                0,
                List.of(resources, values, holders, lockTimeoutMillis, idleTimeoutMillis));
    }

    /**
     * Names a transaction that checks, works and commits. What is sent in it first is {@link #check(String, FencingToken)}.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @return the operation, in the words of error messages
     */
    public String write(String resource, FencingToken token) {
        requireArguments(resource, token);
        return "write to resource '" + resource + "' with token " + token.value();
    }

    /** {@return a statement that fails where no transaction is open: for a driver that does not know} */
    public static String stillOpen() {
        return FenceSql.STILL_OPEN;
    }

    /** {@return the commit of a transaction that has passed a check, and of no other: two statements, to be sent as one text} */
    public static String commit() {
        return FenceSql.COMMIT;
    }

    /**
     * Checks and writes in one statement. To be sent in auto-commit. The text depends on the user's statement alone, so that a
     * prepared statement is used again.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING
     * @return what to send; the answer is one row with the number of rows written, a bigint, or no row, and the number of rows
     *     written is the statement's own. Where that is 0, {@link #confirm} says whether the token was good
     */
    public FenceCall update(String resource, FencingToken token, String sql) {
        requireArguments(resource, token);
        FencedStatement statement = statements.of(sql);
        return new FenceCall(
                "update of resource '" + resource + "' with token " + token.value(),
                statement.text(),
                statement.parameters(),
                List.of(resource, token.value(), token.holder().toString()));
    }

    /**
     * Gives a table a fence in its own rows. To be sent in auto-commit.
     *
     * @param rows the fence
     * @return what to send; a row without a value is the answer
     */
    public FenceCall fenceRows(RowFence rows) {
        return new FenceCall(
                "fence of the rows of table " + rows.table(),
                FenceSql.FENCE_ROWS,
                0,
                List.of(rows.table(), lockTimeoutMillis));
    }

    /**
     * {@link #advance(String, FencingToken)} for a fence in rows.
     *
     * @param rows the fence
     * @param key which rows
     * @param token the token of the grant
     * @return what to send; a row without a value is the answer
     */
    public FenceCall advance(RowFence rows, String key, FencingToken token) {
        String resource = rows.resource(key, token);
        return new FenceCall(
                "advance of resource '" + resource + "' to token " + token.value(),
                FenceSql.ADVANCE_ROWS,
                0,
                List.of(
                        rows.table(),
                        rows.column(),
                        key,
                        resource,
                        token.value(),
                        token.holder().toString(),
                        lockTimeoutMillis));
    }

    /**
     * {@link #update(String, FencingToken, String)} for a fence in rows.
     *
     * @param rows the fence
     * @param key which rows; the statement writes no others
     * @param token the token of the grant
     * @param sql one UPDATE or DELETE of the table, without RETURNING or WITH
     * @return what to send; the number of rows written is the statement's own. Where that is 0, {@link #confirm(RowFence, String,
     *     FencingToken)} says whether the token was good
     */
    public FenceCall update(RowFence rows, String key, FencingToken token, String sql) {
        String resource = rows.resource(key, token);
        FencedStatement statement = ofRows.computeIfAbsent(
                        rows, fence -> new FencedStatements(write -> FenceSql.fencedRows(write, fence)))
                .of(sql);
        return new FenceCall(
                "update of resource '" + resource + "' with token " + token.value(),
                statement.text(),
                statement.parameters(),
                List.of(key, token.value(), token.holder().toString()));
    }

    /**
     * Whether a statement that wrote nothing had a good token, or there was no row to write. To be sent in auto-commit.
     *
     * @param rows the fence
     * @param key which rows
     * @param token the token of the grant
     * @return what to send; a row without a value is the answer
     */
    public FenceCall confirm(RowFence rows, String key, FencingToken token) {
        String resource = rows.resource(key, token);
        return new FenceCall(
                "update of resource '" + resource + "' with token " + token.value(),
                FenceSql.CONFIRM_ROWS,
                0,
                List.of(
                        rows.table(),
                        rows.column(),
                        key,
                        resource,
                        token.value(),
                        token.holder().toString()));
    }

    /**
     * Whether a statement that wrote nothing was let through: where the server sees beforehand that there is nothing to write, it
     * does not look at the fence. To be sent in auto-commit. A token that is the highest now was so before.
     *
     * @param resource what was to be written
     * @param token the token of the grant
     * @return what to send; a row without a value is the answer
     */
    public FenceCall confirm(String resource, FencingToken token) {
        requireArguments(resource, token);
        return new FenceCall(
                "update of resource '" + resource + "' with token " + token.value(),
                FenceSql.CONFIRM,
                0,
                List.of(resource, token.value(), token.holder().toString()));
    }

    /**
     * Throws where {@link #update} would, for who learns resource and token later.
     *
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING
     */
    public void requireWrite(String sql) {
        statements.of(sql);
    }

    static void requireArguments(String resource, FencingToken token) {
        Objects.requireNonNull(token, "token");
        requireName("a resource", resource);
        token.requireFor(resource);
        if (token.value() > MAX_TOKEN) {
            throw new IllegalArgumentException("a token up to " + MAX_TOKEN + ", not " + token.value());
        }
    }

    private static void requireName(String what, String name) {
        requireText(what, name);
        if (name.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(what + " has 1 to " + MAX_LENGTH + " characters, not " + name.length());
        }
    }

    static void requireText(String what, String text) {
        Objects.requireNonNull(text, what);
        if (text.isEmpty()) {
            throw new IllegalArgumentException(what + " is not empty");
        }
        if (text.indexOf(0) >= 0) {
            throw new IllegalArgumentException(what + " has no NUL character, which PostgreSQL cannot store");
        }
    }
}
