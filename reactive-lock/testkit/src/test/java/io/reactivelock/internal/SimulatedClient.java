package io.reactivelock.internal;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.spi.LockBackend;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** The real engine with a client in front, in which nothing is left to chance but to one generator, so that a run can be repeated. */
public final class SimulatedClient {
    private final LockEngine engine;
    private final LockClient client;

    /**
     * @param random where all that is random comes from
     */
    public SimulatedClient(LockBackend backend, LockClientOptions options, RandomGenerator random) {
        engine = new LockEngine(backend, options, new HolderSource(random::nextBytes), random::nextLong);
        client = new DefaultLockClient(engine);
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
