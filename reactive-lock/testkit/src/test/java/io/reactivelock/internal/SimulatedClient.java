package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.spi.LockBackend;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The real engine with a client in front, in which nothing is left to chance but to one generator, so that a run can be repeated. */
public final class SimulatedClient {
    private final LockEngine engine;
    private final LockClient client;

    /**
     * @param random where all that is random comes from
     * @param original the client in the process that this one is a clone of; null for one that was started
     */
    public SimulatedClient(
            LockBackend backend,
            LockClientOptions options,
            RandomGenerator random,
            @Nullable SimulatedClient original) {
        HolderSource holders = original == null
                ? used(random)
                : copy(original.engine.runtime.holders(), new HolderSource(random::nextBytes));
        engine = new LockEngine(backend, options, holders, random::nextLong);
        client = new DefaultLockClient(engine);
    }

    /** One that has drawn, so that it has whatever state it will have. */
    private static HolderSource used(RandomGenerator random) {
        HolderSource holders = new HolderSource(random::nextBytes);
        holders.next();
        return holders;
    }

    /** What a clone of the process has: all that is kept there, but the operating system draws anew. */
    private static HolderSource copy(HolderSource original, HolderSource clone) {
        try {
            for (Field field : HolderSource.class.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && field.getType() != Consumer.class) {
                    field.setAccessible(true);
                    field.set(clone, field.get(original));
                }
            }
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
        return clone;
    }

    public LockClient client() {
        return client;
    }

    /** Whether the engine has noticed no end of the lease; unlike {@link Lease#isValid()} a look that changes nothing. */
    public static boolean isHeld(Lease lease) {
        return ((LeaseHandle) lease).granted().isHeld();
    }

    /** What the engine still holds, in words; nothing once all acquires have ended and all leases are released. */
    public List<String> left() {
        return left(engine);
    }

    static List<String> left(LockEngine engine) {
        return Stream.of(
                        "timers " + engine.runtime.timers().size(),
                        "signalled " + engine.gateway.signalled(),
                        "queues " + engine.queues.size(),
                        "pending " + engine.runtime.pending().count(),
                        "waiting " + engine.waiters.count())
                .filter(count -> !count.endsWith(" 0"))
                .toList();
    }
}
