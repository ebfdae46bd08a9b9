package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import org.reactivestreams.Publisher;

/**
 * The statement as a user binds it: its own parameters, once. Those of the fence come after them, and the driver would take a value
 * for one of them from anybody.
 *
 * @param statement the fenced statement
 * @param parameters how many parameters the user's own statement has
 */
record UserBinds(Statement statement, int parameters) implements Statement {
    @Override
    public Statement bind(int index, Object value) {
        requireOwn(index);
        statement.bind(index, value);
        return this;
    }

    @Override
    public Statement bind(String name, Object value) {
        requireOwn(index(name));
        statement.bind(name, value);
        return this;
    }

    @Override
    public Statement bindNull(int index, Class<?> type) {
        requireOwn(index);
        statement.bindNull(index, type);
        return this;
    }

    @Override
    public Statement bindNull(String name, Class<?> type) {
        requireOwn(index(name));
        statement.bindNull(name, type);
        return this;
    }

    @Override
    public Statement fetchSize(int rows) {
        statement.fetchSize(rows);
        return this;
    }

    @Override
    public Statement add() {
        throw new IllegalStateException("an update has one set of parameters: more go into write()");
    }

    @Override
    public Statement returnGeneratedValues(String... columns) {
        throw new IllegalStateException("an update returns the number of its rows: values go into write()");
    }

    @Override
    public Publisher<? extends Result> execute() {
        throw new IllegalStateException("the guard executes the statement: bind it, and return it");
    }

    /** As the driver names them: $1, $2 and so on. */
    private static int index(String name) {
        if (!name.matches("[$][0-9]{1,5}")) {
            throw new IllegalArgumentException("a parameter is $1, $2 and so on, not " + name);
        }
        return Integer.parseInt(name.substring(1)) - 1;
    }

    private void requireOwn(int index) {
        if (index < 0 || index >= parameters) {
            throw new IndexOutOfBoundsException(
                    "the statement has " + parameters + " parameters, and none of index " + index);
        }
    }
}
