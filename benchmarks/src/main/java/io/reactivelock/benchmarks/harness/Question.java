package io.reactivelock.benchmarks.harness;

/** One question that a run answers. */
public interface Question {
    /** Returns the name for {@code --only}. */
    String name();

    /** Returns the heading. */
    String title();

    /**
     * Measures.
     *
     * @param bench where and how long
     * @return what was measured
     */
    Answer answer(Bench bench);
}
