package io.reactivelock.chaos;

/** The run cannot begin, or cannot go on; the message is a sentence for the user. */
final class ChaosException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChaosException(String message) {
        super(message);
    }

    ChaosException(String message, Throwable cause) {
        super(message, cause);
    }
}
