package io.reactivelock.spring;

import io.reactivelock.LockRequest;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The terms on which an application takes its locks, by name of a profile: {@code reactive-lock.defaults} and {@code
 * reactive-lock.profiles}. Immutable.
 *
 * <pre>{@code
 * locks.withLock(profiles.request("payments", "order:42"), lease -> charge(order));
 * }</pre>
 */
public final class LockProfiles {
    private final LockRequest defaults;
    private final Map<String, LockRequest> profiles;

    /**
     * Copies the terms.
     *
     * @param defaults the terms of a lock that names no profile
     * @param profiles the terms of each profile, by its name; observers count its locks under that name
     */
    public LockProfiles(LockRequest defaults, Map<String, LockRequest> profiles) {
        this.defaults = defaults;
        Map<String, LockRequest> copy = new TreeMap<>();
        profiles.forEach((profile, terms) -> copy.put(profile, terms.group(profile)));
        this.profiles = copy;
    }

    /**
     * A request on the default terms.
     *
     * @param name the lock name: 1 to 512 bytes of UTF-8, no control characters
     * @return the request
     * @throws IllegalArgumentException if the name is none
     */
    public LockRequest request(String name) {
        return defaults.name(name);
    }

    /**
     * A request on the terms of a profile.
     *
     * @param profile the profile's name
     * @param name the lock name: 1 to 512 bytes of UTF-8, no control characters
     * @return the request
     * @throws IllegalArgumentException if the name is none, or there is no such profile
     */
    public LockRequest request(String profile, String name) {
        LockRequest terms = profiles.get(profile);
        if (terms == null) {
            throw new IllegalArgumentException(
                    "there is no profile '" + profile + "' under reactive-lock.profiles, only " + profiles.keySet());
        }
        return terms.name(name);
    }

    /** {@return the names of the profiles} */
    public Set<String> names() {
        return new TreeSet<>(profiles.keySet());
    }
}
