package io.reactivelock.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Locks on Redis 6.2 or newer: standalone, behind Sentinel, or a Cluster.
 *
 * <pre>{@code
 * RedisClient redisClient = RedisClient.create("redis://localhost"); // yours, never closed here
 * LockClient locks = LockClient.create(RedisLockBackend.create(redisClient));
 * }</pre>
 *
 * <p>A free lock costs one script call to take and one to release, on one connection that all calls but renewals share; calls that
 * come while others are under way are batched and leave together. Renewals have a connection of their own. Waiters stand in a queue on the server. A release grants the lock to the
 * next one in the same step, for one second within which that one extends it, and tells its client over one pub/sub connection. An
 * attempt never overtakes the queue. A waiter whose client died is passed over, or costs the others that second.
 *
 * <p>The three connections are opened when they are first needed, without blocking; one that could not be opened is tried again at the
 * next call. Lettuce has to keep its auto-reconnect, which is on by default. What the user passed in is never closed here; what was
 * opened here is, by {@link #close()}.
 *
 * <p>What is stored. A lock has up to four keys: {@code <prefix>:{<name>}:lock} lives as long as the lease; {@code :token}
 * keeps the last fencing token for 30 days after its last use; {@code :wait} and {@code :waiters} are the queue, which goes when
 * nobody waits, at the latest ten minutes after the last waiter counts as dead. In a name, <code>%</code> and <code>}</code> are
 * written {@code %25} and {@code %7D}. Fencing tokens are at least the server's time in microseconds, so they go on rising when Redis
 * lost its data. A key that is not of a lock is an error, and is never overwritten. The server should have {@code maxmemory-policy
 * noeviction}; otherwise a warning is logged.
 *
 * <p>A user of the server's access lists needs {@code +eval +evalsha +mget +set +del +pexpire +pttl +time +zadd +zrank +zcard +zrem
 * +zpopmin +hset +hget +hdel +publish +subscribe +unsubscribe}, {@code ~<prefix>:*} and {@code &<prefix>:*}; {@code +info} for the
 * warning, and to refuse a replica that takes writes. In a Cluster it needs {@code +cluster|nodes
 * +cluster|myid +asking} too.
 *
 * <p>Redis replicates after it has answered. A failover can lose a grant, and then grant the lock a second time:
 * {@link Consistency#FAILOVER_CAN_GRANT_TWICE}. The fencing guard keeps the storage right nevertheless.
 *
 * <p>Results are delivered on Lettuce's I/O threads. Safe for use by several threads.
 */
public final class RedisLockBackend implements LockBackend, WaitQueue {
    private static final String DEFAULT_KEY_PREFIX = "reactive-lock";
    private static final Duration DEFAULT_CLAIM_TIME = Duration.ofSeconds(1);
    private static final Duration MIN_CLAIM_TIME = Duration.ofMillis(10);
    private static final Duration MAX_CLAIM_TIME = Duration.ofMinutes(1);
    private static final Duration MIN_WAIT = Duration.ofMillis(1);
    private static final Pattern KEY_PREFIX = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    private final ScriptConnections connections;
    private final LazyConnection<? extends StatefulRedisPubSubConnection<String, String>> pubSub;
    private final Mono<Void> close;
    private final String keyPrefix;
    private final Duration claimTime;
    private final RedisLocks locks;
    private final RedisSignals signals;
    private final @Nullable Replicas replicas;

    private RedisLockBackend(
            ScriptConnections connections,
            LazyConnection<? extends StatefulRedisPubSubConnection<String, String>> pubSub,
            Mono<Void> close,
            String keyPrefix,
            Duration claimTime,
            @Nullable Replicas replicas) {
        this.connections = connections;
        this.pubSub = pubSub;
        this.close = close;
        this.locks = locks(connections, close, keyPrefix);
        this.signals = new RedisSignals(pubSub, channel());
        this.keyPrefix = keyPrefix;
        this.claimTime = claimTime;
        this.replicas = replicas;
    }

    /**
     * On a server of its own: a client is created from the URI, and shut down with the backend.
     *
     * @param uri a Redis URI, as in {@code redis://localhost:6379}; see {@link RedisURI} for Sentinel
     * @return the backend
     * @throws IllegalArgumentException if this is no such URI
     */
    public static RedisLockBackend create(String uri) {
        return create(RedisURI.create(uri));
    }

    /**
     * On a server of its own: a client is created for the URI, and another one for the renewals, so that their event loop is theirs
     * alone. Both are shut down with the backend.
     *
     * @param uri where the server is, standalone or behind Sentinel
     * @return the backend
     */
    public static RedisLockBackend create(RedisURI uri) {
        RedisClient client = RedisClient.create(Objects.requireNonNull(uri, "uri"));
        RedisClient renewing = RedisClient.create(uri);
        return on(
                RedisTopology.ONE_MASTER,
                LazyConnection.opened(() -> client.connectAsync(StringCodec.UTF8, uri)),
                LazyConnection.opened(() -> renewing.connectAsync(StringCodec.UTF8, uri)),
                LazyConnection.opened(() -> client.connectPubSubAsync(StringCodec.UTF8, uri)),
                Mono.whenDelayError(shutdown(client), shutdown(renewing)));
    }

    /** Without a quiet period, Netty leaves a channel open that registers while its event loop ends: a reconnect. */
    private static Mono<Void> shutdown(RedisClient client) {
        return Mono.fromFuture(() -> client.shutdownAsync(1, 2_000, TimeUnit.MILLISECONDS));
    }

    /**
     * On the user's client, which needs a default URI. The backend opens and closes three connections of its own: for commands, for
     * renewals and for pub/sub, in this order.
     *
     * <p>Netty hands out a client's event loops in turn, so that renewals usually have another one than the commands. That is no
     * promise: the client's other connections come in between, each reconnect takes the next event loop, a connection behind Sentinel
     * takes two, and a client with one event loop has no other. Where work may block the thread on which leases are delivered, use
     * {@link #create(RedisURI)}, or give the renewals a connection of a second client.
     *
     * @param client standalone, or behind Sentinel; never shut down here
     * @return the backend
     */
    public static RedisLockBackend create(RedisClient client) {
        Objects.requireNonNull(client, "client");
        return on(
                RedisTopology.ONE_MASTER,
                LazyConnection.opened(() -> elastic(() -> client.connect(StringCodec.UTF8))),
                LazyConnection.opened(() -> elastic(() -> client.connect(StringCodec.UTF8))),
                LazyConnection.opened(() -> elastic(() -> client.connectPubSub(StringCodec.UTF8))),
                Mono.empty());
    }

    /**
     * On the user's Cluster client. The backend opens and closes three connections of its own, each with one to every node that it
     * needs: for commands, for renewals and for pub/sub. As with a {@link #create(RedisClient) RedisClient}, renewals usually have
     * event loops that commands have not, and that is no promise.
     *
     * @param client never shut down here
     * @return the backend
     */
    public static RedisLockBackend create(RedisClusterClient client) {
        Objects.requireNonNull(client, "client");
        return on(
                RedisTopology.CLUSTER,
                cluster(client),
                cluster(client),
                LazyConnection.opened(() -> client.refreshPartitionsAsync()
                        .thenCompose(refreshed -> client.connectPubSubAsync(StringCodec.UTF8))),
                Mono.empty());
    }

    private static LazyConnection<StatefulRedisClusterConnection<String, String>> cluster(RedisClusterClient client) {
        return LazyConnection.opened(
                () -> client.refreshPartitionsAsync().thenCompose(refreshed -> client.connectAsync(StringCodec.UTF8)));
    }

    /**
     * On the user's connections, which are never closed here. Scripts are sent and read as UTF-8 whatever codec a connection has; pub/sub
     * goes by the codec of its connection. Renewals share the first one: what delays its commands, or blocks the
     * thread on which they are answered, delays renewals too, and leases can be lost by it. Give them a connection of
     * {@link #create(StatefulRedisConnection, StatefulRedisConnection, StatefulRedisPubSubConnection) their own}.
     *
     * @param connection to the master; may be shared, but not with transactions and blocking commands
     * @param pubSub to the same server, with a codec that keeps text as it is
     * @return the backend
     * @throws IllegalArgumentException if its codec writes or reads other text than UTF-8, so that hand-offs would never arrive
     */
    public static RedisLockBackend create(
            StatefulRedisConnection<String, String> connection, StatefulRedisPubSubConnection<String, String> pubSub) {
        return create(connection, connection, pubSub);
    }

    /**
     * On the user's connections, which are never closed here, with one for renewals alone.
     *
     * @param connection to the master; may be shared, but not with transactions and blocking commands
     * @param renewals to the master; used for nothing else, and best of another client, whose event loops nothing else uses
     * @param pubSub to the same server, with a codec that keeps text as it is
     * @return the backend
     * @throws IllegalArgumentException if its codec writes or reads other text than UTF-8, so that hand-offs would never arrive
     */
    public static RedisLockBackend create(
            StatefulRedisConnection<String, String> connection,
            StatefulRedisConnection<String, String> renewals,
            StatefulRedisPubSubConnection<String, String> pubSub) {
        return on(RedisTopology.ONE_MASTER, given(connection), given(renewals), listening(pubSub), Mono.empty());
    }

    /**
     * On the user's Cluster connections, which are never closed here. Renewals share the first one, and are delayed with it; give
     * them one of
     * {@link #create(StatefulRedisClusterConnection, StatefulRedisClusterConnection, StatefulRedisPubSubConnection) their own}.
     *
     * @param connection may be shared
     * @param pubSub to the same Cluster, with a codec that keeps text as it is
     * @return the backend
     * @throws IllegalArgumentException if its codec writes or reads other text than UTF-8, so that hand-offs would never arrive
     */
    public static RedisLockBackend create(
            StatefulRedisClusterConnection<String, String> connection,
            StatefulRedisPubSubConnection<String, String> pubSub) {
        return create(connection, connection, pubSub);
    }

    /**
     * On the user's Cluster connections, which are never closed here, with one for renewals alone.
     *
     * @param connection may be shared
     * @param renewals used for nothing else, and best of another client, whose event loops nothing else uses
     * @param pubSub to the same Cluster, with a codec that keeps text as it is
     * @return the backend
     * @throws IllegalArgumentException if its codec writes or reads other text than UTF-8, so that hand-offs would never arrive
     */
    public static RedisLockBackend create(
            StatefulRedisClusterConnection<String, String> connection,
            StatefulRedisClusterConnection<String, String> renewals,
            StatefulRedisPubSubConnection<String, String> pubSub) {
        return on(RedisTopology.CLUSTER, given(connection), given(renewals), listening(pubSub), Mono.empty());
    }

    /**
     * On the user's only connection, which is never closed here, and which renewals share. Without a second one for pub/sub there is
     * no queue: the client tries again and again instead.
     *
     * @param connection to the master; may be shared, but not with transactions and blocking commands
     * @param keyPrefix as in {@link #keyPrefix(String)}
     * @return a backend without a {@link WaitQueue}
     * @throws IllegalArgumentException if the prefix has other characters or another length
     */
    public static LockBackend polling(StatefulRedisConnection<String, String> connection, String keyPrefix) {
        return polling(RedisTopology.ONE_MASTER, connection, keyPrefix);
    }

    /**
     * On the user's only Cluster connection, which is never closed here, and which renewals share. Without a second one for pub/sub
     * there is no queue: the client tries again and again instead.
     *
     * @param connection may be shared
     * @param keyPrefix as in {@link #keyPrefix(String)}
     * @return a backend without a {@link WaitQueue}
     * @throws IllegalArgumentException if the prefix has other characters or another length
     */
    public static LockBackend polling(StatefulRedisClusterConnection<String, String> connection, String keyPrefix) {
        return polling(RedisTopology.CLUSTER, connection, keyPrefix);
    }

    private static RedisLockBackend on(
            RedisTopology topology,
            LazyConnection<? extends StatefulConnection<String, String>> commands,
            LazyConnection<? extends StatefulConnection<String, String>> renewals,
            LazyConnection<? extends StatefulRedisPubSubConnection<String, String>> pubSub,
            Mono<Void> shutdown) {
        ScriptConnections connections = new ScriptConnections(topology, commands, renewals);
        var signals = pubSub.after(connections.renewals);
        // also after a connection that did not close, as one of a client that its user has shut down
        Mono<Void> close = Mono.whenDelayError(connections.close(), signals.close())
                .onErrorResume(e -> shutdown.then(Mono.error(e)))
                .then(shutdown);
        return new RedisLockBackend(connections, signals, close.cache(), DEFAULT_KEY_PREFIX, DEFAULT_CLAIM_TIME, null);
    }

    private static <C extends StatefulConnection<String, String>> LazyConnection<C> given(C connection) {
        return LazyConnection.given(Objects.requireNonNull(connection, "connection"));
    }

    private static LazyConnection<StatefulRedisPubSubConnection<String, String>> listening(
            StatefulRedisPubSubConnection<String, String> pubSub) {
        RedisSignals.requireCodec(Objects.requireNonNull(pubSub, "pubSub"));
        return given(pubSub);
    }

    private static LockBackend polling(
            RedisTopology topology, StatefulConnection<String, String> connection, String keyPrefix) {
        ScriptConnections connections = new ScriptConnections(topology, given(connection), given(connection));
        return locks(connections, connections.close().cache(), keyPrefix);
    }

    private static RedisLocks locks(ScriptConnections connections, Mono<Void> close, String keyPrefix) {
        if (!KEY_PREFIX.matcher(keyPrefix).matches()) {
            throw new IllegalArgumentException(
                    "a key prefix has 1 to 64 letters, digits and . _ : -, unlike '" + keyPrefix + "'");
        }
        String clientId = UUID.randomUUID().toString().replace("-", "");
        return new RedisLocks(connections, close, keyPrefix, clientId);
    }

    /** A {@code RedisClient} connects to its default URI only with a method that blocks. */
    private static <C> CompletableFuture<C> elastic(Callable<C> connect) {
        return Mono.fromCallable(connect)
                .subscribeOn(Schedulers.boundedElastic())
                .toFuture();
    }

    /**
     * The same connections with other keys: for several services on one server, each with its own lock names. To be used in place
     * of this backend; closing either closes the connections of both.
     *
     * @param value 1 to 64 ASCII letters, digits and {@code . _ : -}; default {@code reactive-lock}
     * @return a changed copy
     * @throws IllegalArgumentException if the prefix has other characters or another length
     */
    public RedisLockBackend keyPrefix(String value) {
        return new RedisLockBackend(connections, pubSub, close, value, claimTime, replicas);
    }

    /**
     * For how long the server keeps a lock for the waiter that a release handed it to, until that waiter has claimed it: what a waiter
     * that died costs the others. A lease time that is shorter counts instead.
     *
     * @param value 10 ms to 1 minute, in whole milliseconds; default 1 s. Well above a round trip, the pauses of the garbage collector
     *     included: a grant that is claimed later is lost, and its waiter asks again
     * @return a changed copy
     * @throws IllegalArgumentException if it is out of range
     */
    public RedisLockBackend claimTime(Duration value) {
        if (value.compareTo(MIN_CLAIM_TIME) < 0 || value.compareTo(MAX_CLAIM_TIME) > 0) {
            throw new IllegalArgumentException(
                    "the claim time is from " + MIN_CLAIM_TIME + " to " + MAX_CLAIM_TIME + ", not " + value);
        }
        return new RedisLockBackend(connections, pubSub, close, keyPrefix, value, replicas);
    }

    /**
     * Takes a grant for one only when so many replicas have acknowledged it, by {@code WAIT}: then a failover to one of these
     * replicas does not lose it. Each grant costs a round trip more, and the slowest of these replicas. One {@code WAIT} at a time is
     * under way, for all grants before it; other requests wait behind it on the same connection, but renewals do not. A grant that too few have in time is given back, and the attempt ends in a transient
     * {@link io.reactivelock.LockBackendException}, after which an acquire tries again. Renewals are not waited for. A hand-off is
     * confirmed by an attempt of the winner. The server's user needs {@code +wait} too.
     *
     * @param count how many, 1 or more; not more than there are, or nothing is ever granted
     * @param timeout how long to wait for them, at least 1 ms; well below the lease times and wait times in use
     * @return a changed copy
     * @throws IllegalArgumentException if one of them is too small
     * @throws IllegalStateException on a Cluster, where WAIT would have to go to the node that has the lock
     */
    public RedisLockBackend replicas(int count, Duration timeout) {
        if (count < 1) {
            throw new IllegalArgumentException("the number of replicas is 1 or more, not " + count);
        }
        if (timeout.compareTo(MIN_WAIT) < 0) {
            throw new IllegalArgumentException("the wait for replicas is at least " + MIN_WAIT + ", not " + timeout);
        }
        if (connections.topology == RedisTopology.CLUSTER) {
            throw new IllegalStateException(
                    "replicas are waited for on one connection; a Cluster has one for each node");
        }
        Replicas asked = new Replicas(connections.commands, count, timeout);
        return new RedisLockBackend(connections, pubSub, close, keyPrefix, claimTime, asked);
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return confirmed(command, locks.tryAcquire(command));
    }

    @Override
    public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
        return confirmed(command, locks.enqueue(command, checkInterval, claimTime));
    }

    private Mono<AttemptResult> confirmed(AcquireCommand command, Mono<AttemptResult> attempt) {
        return replicas == null ? attempt : replicas.confirm(locks, command, attempt);
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return locks.renew(renewals);
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return locks.release(name, holder);
    }

    @Override
    public Mono<Void> leave(String name, Holder holder) {
        return locks.leave(name, holder);
    }

    @Override
    public Flux<WaitSignal> signals() {
        return replicas == null ? signals.signals() : signals.signals().map(RedisLockBackend::toBeConfirmed);
    }

    /** What was pushed is not known to have been replicated. */
    private static WaitSignal toBeConfirmed(WaitSignal signal) {
        return signal instanceof WaitSignal.HandOff handOff ? new WaitSignal.Turn(handOff.holder()) : signal;
    }

    /** Returns where this backend hears of its waiters' grants. */
    String channel() {
        return locks.channel();
    }

    @Override
    public Consistency consistency() {
        return locks.consistency();
    }

    @Override
    public LeaseTimes leaseTimes() {
        return locks.leaseTimes();
    }

    @Override
    public Optional<WaitQueue> waitQueue() {
        return Optional.of(this);
    }

    @Override
    public Mono<Void> connect() {
        return signals.connect().then(locks.connect());
    }

    @Override
    public Mono<Void> ping() {
        return locks.ping();
    }

    @Override
    public Mono<Void> close() {
        return locks.close();
    }
}
