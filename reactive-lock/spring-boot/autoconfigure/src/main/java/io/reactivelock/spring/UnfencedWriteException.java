package io.reactivelock.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.dao.NonTransientDataAccessException;

/**
 * A write that did not pass the guard. Either a {@link Fenced} repository was called without the lease of what it writes in the Reactor
 * Context, and nothing was sent; or a table under {@code enforce} refused it (SQLSTATE {@code FG005}), and its transaction can only roll
 * back. A repeat fails in the same way: take the lock around the write, or check in its transaction.
 */
public class UnfencedWriteException extends NonTransientDataAccessException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what was not let through.
     *
     * @param message what was to be written, and what is missing
     * @param cause the database's refusal, where it came that far
     */
    public UnfencedWriteException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
