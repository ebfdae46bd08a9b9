package io.reactivelock.fencing.postgresql;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** The fenced forms of the statements that were used: a service has few, and uses them again and again. */
final class FencedStatements {
    /** More than a service writes by hand. One that makes up its statements pays for each. */
    private static final int MAX = 1_000;

    private final Map<String, FencedStatement> known = new ConcurrentHashMap<>();
    private final Function<WriteStatement, String> form;

    /**
     * @param form makes a fenced statement of the user's
     */
    FencedStatements(Function<WriteStatement, String> form) {
        this.form = form;
    }

    /**
     * @throws IllegalArgumentException if it is not one INSERT, UPDATE or DELETE without RETURNING, or not of this form
     */
    FencedStatement of(String sql) {
        FencedStatement statement = known.get(Objects.requireNonNull(sql, "sql"));
        if (statement == null) {
            WriteStatement write = WriteStatement.parse(sql);
            statement = new FencedStatement(form.apply(write), write.parameters());
            if (known.size() < MAX) {
                known.put(sql, statement);
            }
        }
        return statement;
    }
}
