package io.reactivelock.spring.locked;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** What {@code #root} is in the expressions of a lock name. */
final class LockNameRoot {
    private final @Nullable Object target;
    private final Method method;
    private final @Nullable Object[] args;

    LockNameRoot(@Nullable Object target, Method method, @Nullable Object[] args) {
        this.target = target;
        this.method = method;
        this.args = args;
    }

    public @Nullable Object getTarget() {
        return target;
    }

    public Method getMethod() {
        return method;
    }

    public @Nullable Object[] getArgs() {
        return args.clone();
    }
}
