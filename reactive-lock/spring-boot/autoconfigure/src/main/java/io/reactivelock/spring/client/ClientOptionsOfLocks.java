package io.reactivelock.spring.client;

import io.reactivelock.LockClientOptions;
import io.reactivelock.spring.client.ReactiveLockProperties.Client;

/** Makes the options of a client of its properties. */
final class ClientOptionsOfLocks {
    private static final String PREFIX = "reactive-lock.client.";
    private static final LockClientOptions DEFAULTS = LockClientOptions.defaults();

    private ClientOptionsOfLocks() {}

    static LockClientOptions options(Client client) {
        LockClientOptions options = backOff(client);
        options = handOff(options, client);
        options = waiting(options, client);
        return client.suspendDetection() ? options : options.withoutSuspendDetection();
    }

    /** Of the two that do not fit together, the one that somebody set is named. */
    private static LockClientOptions backOff(Client client) {
        boolean shortest = !client.minBackOff().equals(DEFAULTS.minBackOff());
        return PropertyRule.apply(
                PREFIX + (shortest ? "min-back-off" : "max-back-off"),
                shortest ? client.minBackOff() : client.maxBackOff(),
                () -> DEFAULTS.backOff(client.minBackOff(), client.maxBackOff()));
    }

    private static LockClientOptions handOff(LockClientOptions options, Client client) {
        LockClientOptions leases = PropertyRule.apply(
                PREFIX + "local-hand-off-leases",
                client.localHandOffLeases(),
                () -> options.localHandOff(client.localHandOffLeases(), options.localHandOffTime()));
        return PropertyRule.apply(
                PREFIX + "local-hand-off-time",
                client.localHandOffTime(),
                () -> leases.localHandOff(leases.localHandOffLeases(), client.localHandOffTime()));
    }

    private static LockClientOptions waiting(LockClientOptions options, Client client) {
        LockClientOptions waiters = PropertyRule.apply(
                PREFIX + "max-waiters", client.maxWaiters(), () -> options.maxWaiters(client.maxWaiters()));
        return PropertyRule.apply(
                PREFIX + "dispose-timeout",
                client.disposeTimeout(),
                () -> waiters.disposeTimeout(client.disposeTimeout()));
    }
}
