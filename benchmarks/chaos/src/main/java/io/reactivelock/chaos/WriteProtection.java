package io.reactivelock.chaos;

import java.util.Locale;

/** How the writes to a resource are protected. All but the first are controls: a run in which they lose no update proves nothing. */
enum WriteProtection {
    /** Advance, read, write through the guard. */
    GUARDED,
    /** The lock alone: read, write. */
    UNGUARDED,
    /** The lock, and a check of the fence before the write, in a statement of its own. */
    CHECK_THEN_WRITE,
    /** Read, write through the guard, which sees the token only then. */
    NO_ADVANCE;

    private static final char SEPARATOR = '/';

    /** The lock name and resource with this number in a span. */
    String resource(int span, int number) {
        return name().toLowerCase(Locale.ROOT) + SEPARATOR + span + SEPARATOR + number;
    }

    /** The protection of a resource that {@link #resource} named. */
    static WriteProtection of(String resource) {
        return valueOf(resource.substring(0, resource.indexOf(SEPARATOR)).toUpperCase(Locale.ROOT));
    }
}
