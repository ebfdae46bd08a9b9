package io.reactivelock.fencing.postgresql;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** The fenced forms of the statements that were used: a service has few, and uses them again and again. */
final class FencedStatements {
    /** More than a service writes by hand. One that makes up its statements pays for each. */
    private static final int MAX = 1_000;

    private final Map<String, FencedStatement> known = new ConcurrentHashMap<>();
    private final long lockTimeoutMillis;

    FencedStatements(long lockTimeoutMillis) {
        this.lockTimeoutMillis = lockTimeoutMillis;
    }

    /**
     * @throws IllegalArgumentException if it is not one INSERT, UPDATE or DELETE without RETURNING
     */
    FencedStatement of(String sql) {
        FencedStatement statement = known.get(Objects.requireNonNull(sql, "sql"));
        if (statement == null) {
            WriteStatement write = WriteStatement.parse(sql);
            statement = new FencedStatement(FenceSql.fenced(write, lockTimeoutMillis), write.parameters());
            if (known.size() < MAX) {
                known.put(sql, statement);
            }
        }
        return statement;
    }
}
