package io.reactivelock.chaos;

import io.reactivelock.FencingToken;
import io.reactivelock.LockRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What one worker knows of the tokens of one span. Safe for use by several threads. */
final class Tokens {
    private static final int REMEMBERED = 16;

    private final Map<String, Long> floors = new ConcurrentHashMap<>();
    private final Map<String, FencingToken> highest = new ConcurrentHashMap<>();
    private final List<Superseded> superseded = new ArrayList<>();

    /**
     * A token of which a higher one has advanced, so that the storage has to refuse it from now on.
     *
     * @param resource its resource
     * @param token the token
     */
    record Superseded(String resource, FencingToken token) {}

    /** The advance of a token was acknowledged. */
    void advanced(String resource, FencingToken token) {
        FencingToken before = highest.get(resource);
        if (before == null || before.value() < token.value()) {
            highest.put(resource, token);
            remember(resource, before);
        } else if (before.value() > token.value()) {
            remember(resource, token);
        }
    }

    private synchronized void remember(String resource, @Nullable FencingToken token) {
        if (token == null) {
            return;
        }
        if (superseded.size() == REMEMBERED) {
            superseded.remove(0);
        }
        superseded.add(new Superseded(resource, token));
    }

    /** The advance of a token was refused, for the storage has seen this number. */
    void refused(String resource, long number) {
        floors.merge(resource, number, Math::max);
    }

    /** Asks for a token that the storage will accept, as far as is known. */
    LockRequest above(LockRequest request) {
        return request.tokenAbove(floors.getOrDefault(request.name(), 0L));
    }

    synchronized Optional<Superseded> anySuperseded(RandomGenerator random) {
        return superseded.isEmpty() ? Optional.empty() : Optional.of(superseded.get(random.nextInt(superseded.size())));
    }
}
