package io.reactivelock.example;

import io.reactivelock.LeaseLostException;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockClientDisposedException;
import io.reactivelock.LockTimeoutException;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.StaleTokenException;
import org.jspecify.annotations.Nullable;

/** Why a purchase did not take place, as HTTP knows it. A caller of a 503 may simply try again. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    Refusal(int status, String reason) {
        super(reason, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    static Refusal of(@Nullable Throwable failure) {
        if (failure instanceof Refusal refusal) {
            return refusal;
        } else if (failure instanceof LockTimeoutException) {
            return new Refusal(503, "others are buying this item");
        } else if (failure instanceof StaleTokenException) {
            return new Refusal(409, "someone else has been faster; nothing was written");
        } else if (failure instanceof LeaseLostException) {
            // its transaction may be at its commit: only reading tells
            return new Refusal(
                    503, "the lock was lost in the middle; look whether you have bought before you try again");
        } else if (failure instanceof LockClientDisposedException) {
            return new Refusal(503, "this server is going down");
        } else if (failure instanceof LockBackendException trouble && trouble.isTransient()) {
            return new Refusal(503, "the locks cannot be reached");
        } else if (failure instanceof FencingGuardException trouble && trouble.isOutcomeUnknown()) {
            return new Refusal(500, "nobody knows whether this was written; look before you try again");
        } else if (failure instanceof FencingGuardException trouble && trouble.isTransient()) {
            return new Refusal(503, "the database cannot be reached");
        } else if (failure instanceof IllegalArgumentException) {
            return new Refusal(400, "this is no item");
        }
        return new Refusal(500, "this server is broken");
    }
}
