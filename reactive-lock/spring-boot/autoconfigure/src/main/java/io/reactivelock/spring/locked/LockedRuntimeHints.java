package io.reactivelock.spring.locked;

import io.reactivelock.spring.Locked;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** What is read by reflection whatever the application: the annotation, and the root of its expressions. */
final class LockedRuntimeHints implements RuntimeHintsRegistrar {
    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        hints.reflection()
                .registerType(Locked.class, MemberCategory.INVOKE_DECLARED_METHODS)
                .registerType(Locked.Several.class, MemberCategory.INVOKE_DECLARED_METHODS)
                .registerType(LockNameRoot.class, MemberCategory.INVOKE_PUBLIC_METHODS);
    }
}
