package io.reactivelock.spring.fenced;

import io.r2dbc.spi.Connection;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** What was checked together, call by call. */
final class RecordedChecks {
    private final List<Set<String>> checks = new CopyOnWriteArrayList<>();

    R2dbcFencingGuard of(R2dbcFencingGuard guard) {
        return (R2dbcFencingGuard) Proxy.newProxyInstance(
                RecordedChecks.class.getClassLoader(),
                new Class<?>[] {R2dbcFencingGuard.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("check")) {
                        checks.add(resources(arguments));
                    }
                    try {
                        return method.invoke(guard, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }

    private static Set<String> resources(Object[] arguments) {
        if (arguments.length == 1 && arguments[0] instanceof Connection) {
            return Set.of("innermost");
        }
        return arguments[1] instanceof Map<?, ?> several
                ? Set.copyOf(several.keySet().stream().map(String::valueOf).toList())
                : Set.of(String.valueOf(arguments[1]));
    }

    List<Set<String>> all() {
        return List.copyOf(checks);
    }

    void clear() {
        checks.clear();
    }
}
