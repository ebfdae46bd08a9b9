package io.reactivelock.speed.harness;

import java.util.Set;

/** One question that a run answers. */
public interface Question {
    /** Returns the name for {@code --only}. */
    String name();

    /** Returns the heading. */
    String title();

    /** Returns which keys it answers: all of them, or it fails. */
    Set<Key> keys();

    /** Returns whether a quick run asks it without being told to. */
    default boolean isQuick() {
        return true;
    }

    /**
     * Measures.
     *
     * @param bench where and how long
     * @return what was measured
     * @throws BenchmarkException if something could not be
     */
    QuestionResult answer(Bench bench);
}
