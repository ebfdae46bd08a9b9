package io.reactivelock.fencing.spi;

import io.reactivelock.FencingToken;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardOptions;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The operations of the guard on PostgreSQL as values, for a driver to send. Every method checks its arguments and throws at once
 * where they are bad; none sends anything.
 *
 * <p>Safe for use by several threads; one for each guard.
 */
public final class PostgresFence {
    private static final int MAX_RESOURCE_LENGTH = 512;
    private static final FenceCall SCHEMA = new FenceCall("createSchema", FenceSql.SCHEMA, 0, List.of());

    private final FencingGuardOptions options;
    private final FencedStatements statements;
    private final Integer lockTimeoutMillis;
    private final Integer idleTimeoutMillis;

    private PostgresFence(FencingGuardOptions options) {
        this.options = options;
        this.lockTimeoutMillis = (int) options.lockTimeout().toMillis();
        this.idleTimeoutMillis = (int) options.idleInTransactionTimeout().toMillis();
        this.statements = new FencedStatements(lockTimeoutMillis);
    }

    /**
     * The operations with these options.
     *
     * @param options how long the server waits, and how many grants are taken
     * @return the operations
     */
    public static PostgresFence create(FencingGuardOptions options) {
        return new PostgresFence(Objects.requireNonNull(options, "options"));
    }

    /** Returns what creates table and functions: several statements, to be sent as one text, in auto-commit. */
    public FenceCall createSchema() {
        return SCHEMA;
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
     * {@link #check(String, FencingToken)} for several resources at once.
     *
     * @param tokens the token of each resource, at least one
     * @return what to send; a row without a value is the answer
     */
    public FenceCall check(Map<String, FencingToken> tokens) {
        if (tokens.isEmpty()) {
            throw new IllegalArgumentException("a check of at least one resource, not of none");
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

    /**
     * Checks and writes in one statement. To be sent in auto-commit. The text depends on the user's statement alone, so that a
     * prepared statement is used again.
     *
     * @param resource what will be written
     * @param token the token of the grant
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING
     * @return what to send; the answer is one row with the number of rows written, a bigint
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
     * Throws where {@link #update} would, for who learns resource and token later.
     *
     * @param sql one INSERT, UPDATE or DELETE, without RETURNING
     */
    public void requireWrite(String sql) {
        statements.of(sql);
    }

    /**
     * The first of the grants for one call that acquires, advances and works.
     *
     * @param request what to lock
     * @return the first grant
     */
    public Grants grants(LockRequest request) {
        return new Grants(Objects.requireNonNull(request, "request"), options.grants());
    }

    private static void requireArguments(String resource, FencingToken token) {
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(token, "token");
        if (resource.isEmpty() || resource.length() > MAX_RESOURCE_LENGTH) {
            throw new IllegalArgumentException(
                    "a resource has 1 to " + MAX_RESOURCE_LENGTH + " characters, not " + resource.length());
        }
        if (resource.indexOf(0) >= 0) {
            throw new IllegalArgumentException("a resource has no NUL character, which PostgreSQL cannot store");
        }
    }
}
