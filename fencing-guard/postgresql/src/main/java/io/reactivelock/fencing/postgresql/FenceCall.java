package io.reactivelock.fencing.postgresql;

import java.util.List;
import java.util.Objects;

/**
 * What to send for one operation of the guard. The parameters are {@link String}, {@link Long}, {@link Integer}, and arrays of the
 * first two.
 *
 * @param what the operation, in the words of error messages
 * @param sql one statement with parameters {@code $1}, {@code $2} and so on; the schema has none
 * @param first the place of the first of these parameters, from 0; those of the user's own statement come before
 * @param parameters the parameters, in order
 */
public record FenceCall(String what, String sql, int first, List<Object> parameters) {
    /**
     * Refuses null.
     *
     * @param what the operation, in the words of error messages
     * @param sql one statement with parameters {@code $1}, {@code $2} and so on; the schema has none
     * @param first the place of the first of these parameters, from 0; those of the user's own statement come before
     * @param parameters the parameters, in order
     */
    public FenceCall {
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(sql, "sql");
        parameters = List.copyOf(parameters);
    }
}
