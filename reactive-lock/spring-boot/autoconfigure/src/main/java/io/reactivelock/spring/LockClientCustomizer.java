package io.reactivelock.spring;

import io.reactivelock.LockClient;

/**
 * Decorates the application's {@link LockClient} before anybody gets it: a bean of this type, or several, which are asked in their
 * order ({@link org.springframework.core.annotation.Order}), each with what the one before it returned. Not asked for a {@code
 * LockClient} bean of the application's own.
 */
@FunctionalInterface
public interface LockClientCustomizer {
    /**
     * Decorates a client. Called once, as the bean is created. What the returned client does on {@code close} is awaited as the context
     * closes, so it is to close the given one.
     *
     * @param client the client as it is so far
     * @return what takes its place, or the client itself
     */
    LockClient customize(LockClient client);
}
