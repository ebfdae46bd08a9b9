package io.reactivelock.speed.harness;

/** The run cannot be done, or a value could not be measured. The message is a sentence for the user. */
public final class BenchmarkException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * With its reason.
     *
     * @param message a sentence
     */
    public BenchmarkException(String message) {
        super(message);
    }

    /**
     * With its reason and what caused it.
     *
     * @param message a sentence
     * @param cause what happened
     */
    public BenchmarkException(String message, Throwable cause) {
        super(message, cause);
    }
}
