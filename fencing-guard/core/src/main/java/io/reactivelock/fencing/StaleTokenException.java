package io.reactivelock.fencing;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The storage has seen a higher token, or the same one from another holder: the lease that the token came from is over, and a
 * later holder is at work. Nothing was written, and nothing will be by this token; to repeat is useless. Stop, or acquire again.
 */
public final class StaleTokenException extends FencingException {
    private static final long serialVersionUID = 1L;

    private final String resource;
    private final long presented;
    private final long highest;

    /**
     * Says which token was refused, and which one is the highest.
     *
     * @param resource what was to be written
     * @param presented the value of the token that was refused
     * @param highest the highest value that the storage has accepted
     * @param cause the driver's exception, where there is one
     */
    public StaleTokenException(String resource, long presented, long highest, @Nullable Throwable cause) {
        super(
                presented == highest
                        ? "token " + presented + " of resource '" + resource + "' is another holder's"
                        : "token " + presented + " of resource '" + resource + "' is stale: the highest is " + highest,
                cause);
        this.resource = Objects.requireNonNull(resource, "resource");
        this.presented = presented;
        this.highest = highest;
    }

    /** {@return what was to be written} */
    public String resource() {
        return resource;
    }

    /** {@return the value of the token that was refused} */
    public long presented() {
        return presented;
    }

    /** {@return the highest value that the storage has accepted; a new token must be above it} */
    public long highest() {
        return highest;
    }
}
