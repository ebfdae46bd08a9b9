package io.reactivelock.spring.client;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** The SQL of the guard, for a native image; see {@link LockScriptHints}. */
final class FenceSchemaHints implements RuntimeHintsRegistrar {
    /** Also what Flyway and Liquibase run. */
    static final String RESOURCE = "io/reactivelock/fencing/postgresql/fencing_guard.sql";

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        hints.resources().registerPattern(RESOURCE);
    }
}
