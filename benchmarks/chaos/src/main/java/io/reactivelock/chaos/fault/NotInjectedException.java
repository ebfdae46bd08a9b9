package io.reactivelock.chaos.fault;

/** A fault was not injected, for its target was just not there to be harmed. No stack trace: this is part of the play. */
final class NotInjectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotInjectedException(String why) {
        super(why, null, false, false);
    }
}
