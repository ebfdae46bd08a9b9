package io.reactivelock.spring.client;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * The scripts of the locks, for a native image. The jar names them, too, in a format of its time; this is in that of the builder in use.
 */
final class LockScriptHints implements RuntimeHintsRegistrar {
    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        hints.resources()
                .registerPattern("io/reactivelock/redis/lock.lua")
                .registerPattern("io/reactivelock/redis/renew.lua");
    }
}
