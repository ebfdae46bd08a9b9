package io.reactivelock.demo;

/** The demo cannot go on, for a reason that its user can do something about. The message is one sentence for that user. */
final class DemoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DemoException(String sentence) {
        super(sentence);
    }

    DemoException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
