package io.reactivelock;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a grant gives its holder to show to the storage: a value that is strictly greater for every later grant of the same lock
 * name, and the holder, which tells one grant's repeats from another grant that was given the same value after the lock's backend
 * lost data.
 *
 * <p>Tokens of different lock names, or of different backends, say nothing about each other; so there is no order on this type, and a
 * token of a lease says which lock it is of. A guard refuses it for another resource: values are times in many backends, so that the
 * wrong one is often the higher one, and would fence the rightful holder off.
 *
 * <p>A value, safe for use by several threads.
 *
 * @param value a positive number
 * @param holder the holder that it was granted to
 * @param lock the name of the lock that it was granted for; null where that is not said, and then it is good for any resource
 */
public record FencingToken(
        long value, Holder holder, @Nullable String lock) {
    /**
     * Refuses a value that is not positive.
     *
     * @param value a positive number
     * @param holder the holder that it was granted to
     * @param lock the name of the lock that it was granted for; null where that is not said
     * @throws IllegalArgumentException if the value is not positive
     */
    public FencingToken {
        if (value <= 0) {
            throw new IllegalArgumentException("a fencing token's value is positive, not " + value);
        }
        Objects.requireNonNull(holder, "holder");
    }

    /**
     * A token that does not say which lock it is of: for numbers of another source, such as an etcd revision.
     *
     * @param value a positive number
     * @param holder the holder that it was granted to
     * @throws IllegalArgumentException if the value is not positive
     */
    public FencingToken(long value, Holder holder) {
        this(value, holder, null);
    }

    /**
     * This token for a resource that is not named as the lock is: for who knows that this lock, and no other, guards the resource.
     *
     * @return the same value and holder, for any resource
     */
    public FencingToken forAnyResource() {
        return lock == null ? this : new FencingToken(value, holder);
    }

    /**
     * Refuses a resource that is not the lock's. For guards.
     *
     * @param resource what is to be written
     * @throws IllegalArgumentException if the token is of a lock of another name
     */
    public void requireFor(String resource) {
        if (lock != null && !lock.equals(resource)) {
            throw new IllegalArgumentException("the token is of lock '" + lock + "', and says nothing about resource '"
                    + resource + "'; forAnyResource(), where this lock guards it all the same");
        }
    }

    /** Returns the value and the holder, as in {@code 42@0123456789abcdef0123456789abcdef}. */
    @Override
    public String toString() {
        return value + "@" + holder;
    }
}
