package io.reactivelock.model;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How large the checked model is. Within its bounds each state is visited.
 *
 * @param clients how many holders
 * @param tokens the highest token that is granted
 * @param regressions how often the lock service loses data
 */
record Bounds(int clients, int tokens, int regressions) {
    /** The lines of a TLC configuration that set these bounds. */
    String configuration() {
        String names = IntStream.rangeClosed(1, clients).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
        return """
                CONSTANTS
                  Clients = {%s}
                  None = None
                  MaxToken = %d
                  MaxRegressions = %d
                """.formatted(names, tokens, regressions);
    }

    @Override
    public String toString() {
        return "clients " + clients + ", tokens " + tokens + ", losses of data " + regressions;
    }
}
