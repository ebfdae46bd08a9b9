package io.reactivelock.redis;

import io.lettuce.core.api.StatefulConnection;
import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The locks of one key prefix, without signals: for a user who has no pub/sub connection. */
final class RedisLocks implements LockBackend {
    private static final LeaseTimes LEASE_TIMES =
            new LeaseTimes(Duration.ofMillis(1), Duration.ofDays(365), Duration.ofMillis(1));
    private static final RedisScript LOCK = RedisScript.load("lock.lua");

    private final LazyConnection<? extends StatefulConnection<String, String>> connection;
    private final Mono<Void> close;
    private final String keyPrefix;
    private final RedisTopology topology;
    private final String channel;
    private final CommandBatcher batcher;
    private final RedisRenewals renewals;

    /**
     * @param connection for the scripts
     * @param topology what the connection reaches
     * @param close closes all connections that are ours
     * @param keyPrefix begins every key
     * @param clientId hexadecimal digits; whom a release tells when it grants the lock to one of this backend's waiters
     */
    RedisLocks(
            LazyConnection<? extends StatefulConnection<String, String>> connection,
            RedisTopology topology,
            Mono<Void> close,
            String keyPrefix,
            String clientId) {
        this.connection = connection;
        this.close = close;
        this.keyPrefix = keyPrefix;
        this.topology = topology;
        this.channel = keyPrefix + ":wake:" + clientId;
        this.batcher = new CommandBatcher(connection, topology, LOCK);
        this.renewals = new RedisRenewals(keyPrefix, topology);
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return Request.of(batcher, Operation.Attempt.tryOnce(keyPrefix, command));
    }

    Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval, Duration claimTime) {
        return Request.of(
                batcher,
                Operation.Attempt.enqueue(keyPrefix, command, checkInterval, channel, topology.receivers, claimTime));
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return Request.of(batcher, new Operation.Release(keyPrefix, name, holder));
    }

    Mono<Void> leave(String name, Holder holder) {
        return Request.of(batcher, new Operation.Leave(keyPrefix, name, holder));
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> due) {
        if (due.isEmpty()) {
            return Flux.empty();
        }
        return connection
                .get()
                .flatMapMany(c -> c.isOpen() ? renewals.renew(c, due) : Flux.error(RedisErrors.notConnected(c)))
                .onErrorMap(e -> RedisErrors.map(due.get(0).name(), e));
    }

    @Override
    public Consistency consistency() {
        return Consistency.FAILOVER_CAN_GRANT_TWICE;
    }

    @Override
    public LeaseTimes leaseTimes() {
        return LEASE_TIMES;
    }

    @Override
    public Mono<Void> ping() {
        return connection.get().flatMap(renewals::ping).onErrorMap(e -> RedisErrors.map("ping", e));
    }

    @Override
    public Mono<Void> close() {
        return close;
    }

    /** Where this backend hears of its waiters' grants. */
    String channel() {
        return channel;
    }
}
