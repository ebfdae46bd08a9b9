package io.reactivelock.spring.client;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What an application says of its locks. Ranges are those of {@code LockClientOptions}, {@code LockRequest} and {@code
 * RedisLockBackend}, which check them.
 *
 * @param keyPrefix What begins every key and channel of the locks: 1 to 64 letters, digits and '. _ : -'. Services with the same prefix
 *     share lock names.
 * @param warmUp Whether connections are opened before the application is reported ready, and whether it starts without them.
 * @param warmUpTimeout How long the start waits for these connections.
 * @param redis The Redis of the locks.
 * @param replicas Which replicas a grant waits for.
 * @param client How the client waits and runs.
 * @param defaults The terms of every lock whose profile does not say otherwise.
 * @param profiles The terms of locks by name of a profile. What a profile does not say is taken from the defaults.
 */
@ConfigurationProperties("reactive-lock")
record ReactiveLockProperties(
        @DefaultValue("reactive-lock") String keyPrefix,
        @DefaultValue("on") WarmUp warmUp,
        @DefaultValue("10s") Duration warmUpTimeout,
        @DefaultValue RedisOfLocks redis,
        @DefaultValue ReplicasOfLocks replicas,
        @DefaultValue Client client,
        @DefaultValue Terms defaults,
        @DefaultValue Map<String, Terms> profiles) {

    /** What happens to the connections as the application starts. */
    enum WarmUp {
        /** The first acquire connects, within its wait time. */
        OFF,
        /** They are opened; a backend that is away costs a warning. */
        ON,
        /** They are opened; without a backend the application does not start. */
        REQUIRED
    }

    /**
     * The Redis of the locks.
     *
     * @param url Where the Redis of the locks is, standalone or behind Sentinel, as in 'rediss://user:password@host:6379/0'. Default is the
     *     Redis of the application, 'spring.data.redis'.
     * @param claimTime How long the server keeps a lock for the waiter that a release handed it to, from 10 ms to 1 minute.
     */
    record RedisOfLocks(
            @Nullable String url, @DefaultValue("1s") Duration claimTime) {
        /** Not the URL, which has a password. */
        @Override
        public String toString() {
            return "RedisOfLocks[claimTime=" + claimTime + ']';
        }
    }

    /**
     * Which replicas a grant waits for.
     *
     * @param count How many replicas have to acknowledge a grant before it counts; 0 for none. Not on a Cluster.
     * @param timeout How long a grant waits for its replicas.
     */
    record ReplicasOfLocks(
            @DefaultValue("0") int count,
            @DefaultValue("1s") Duration timeout) {}

    /**
     * How the client waits and runs.
     *
     * @param minBackOff Shortest bound of the random delay between two attempts of an acquire.
     * @param maxBackOff Longest bound of the random delay between two attempts of an acquire.
     * @param maxWaiters How many acquires may wait at a time; one more fails at once.
     * @param localHandOffLeases How many leases of this application may have a lock one after another without the server.
     * @param localHandOffTime For how long the leases of this application may have a lock one after another without the server.
     * @param disposeTimeout How long the end of the application waits for held locks to be released.
     * @param suspendDetection Whether a wall clock that ran ahead is taken for a suspended machine, whose leases are lost.
     */
    record Client(
            @DefaultValue("20ms") Duration minBackOff,
            @DefaultValue("1s") Duration maxBackOff,
            @DefaultValue("100000") int maxWaiters,
            @DefaultValue("100") int localHandOffLeases,
            @DefaultValue("50ms") Duration localHandOffTime,
            @DefaultValue("5s") Duration disposeTimeout,
            @DefaultValue("true") boolean suspendDetection) {}

    /**
     * The terms of a lock.
     *
     * @param leaseTime How long the server keeps a lock that is not renewed: how long others wait after this application died.
     * @param waitTime How long an acquire keeps trying, and how long any call waits for the server's answer.
     * @param maxHold How long a lock may be held at most, renewals included. No limit by default.
     * @param holdAtLeast How long a lock stays taken at least, though it is released sooner. Not longer than the lease time.
     * @param renewal Whether leases are renewed.
     * @param renewalInterval How often leases are renewed. By default a third of the lease time.
     * @param driftMargin How much earlier than the server the client takes a lease for expired. By default 2 % of the lease time and 5 ms.
     */
    record Terms(
            @Nullable Duration leaseTime,
            @Nullable Duration waitTime,
            @Nullable Duration maxHold,
            @Nullable Duration holdAtLeast,
            @Nullable Boolean renewal,
            @Nullable Duration renewalInterval,
            @Nullable Duration driftMargin) {}
}
