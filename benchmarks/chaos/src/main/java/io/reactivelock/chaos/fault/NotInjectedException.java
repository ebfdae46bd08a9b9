package io.reactivelock.chaos.fault;

/** A fault was not injected, for its target was not there, or another fault had it. Expected, and so without a stack trace. */
final class NotInjectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotInjectedException(String why) {
        super(why, null, false, false);
    }
}
