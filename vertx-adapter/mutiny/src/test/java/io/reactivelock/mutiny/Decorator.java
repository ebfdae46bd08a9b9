package io.reactivelock.mutiny;

import io.smallrye.mutiny.infrastructure.CallbackDecorator;
import java.util.function.Function;

/** What context propagation does: it wraps the functions that a user gives to operators. */
public final class Decorator implements CallbackDecorator {
    private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

    static boolean isInside() {
        return INSIDE.get();
    }

    @Override
    public <I, O> Function<I, O> decorate(Function<I, O> function) {
        return input -> {
            boolean outer = INSIDE.get();
            INSIDE.set(true);
            try {
                return function.apply(input);
            } finally {
                INSIDE.set(outer);
            }
        };
    }
}
