package io.reactivelock.speed.adapter;

import java.util.List;
import java.util.stream.IntStream;

/** A client, and the way in which its users let cycles follow each other. */
interface Cycles extends AutoCloseable {
    /** More than are in flight, so that none is in use twice at a time. */
    List<String> NAMES = IntStream.range(0, 8_192).mapToObj(i -> "free:" + i).toList();

    /** Returns the name of a cycle. */
    static String name(int cycle) {
        return NAMES.get(cycle % NAMES.size());
    }

    /**
     * Takes locks that nobody else wants, and gives each back at once. Blocks until all is done; fails if one cycle does.
     *
     * @param count how many
     * @param inFlight how many at a time
     */
    void run(int count, int inFlight);

    /** Closes what was opened. Blocks until it has gone. */
    @Override
    void close();
}
