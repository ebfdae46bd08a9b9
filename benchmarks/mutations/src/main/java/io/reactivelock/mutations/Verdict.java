package io.reactivelock.mutations;

/**
 * What became of one bug.
 *
 * @param outcome in a word
 * @param detail the failure that the test ended in, or why there is no other outcome
 */
record Verdict(Outcome outcome, String detail) {
    /** All that can become of a bug. */
    enum Outcome {
        /** The test failed. */
        KILLED,
        /** The test passed. */
        SURVIVED,
        /** The patch does not apply, the code with it does not compile, or the test cannot be run, or does not end by itself. */
        NOT_JUDGED
    }

    /** The first line of the detail, cut to what a line of a terminal holds. */
    String summary() {
        String line = detail.lines().findFirst().orElse("");
        return line.length() > 200 ? line.substring(0, 200) : line;
    }

    boolean isKill() {
        return outcome == Outcome.KILLED;
    }
}
