package io.reactivelock.redis;

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

    private final ScriptConnections connections;
    private final Mono<Void> close;
    private final String keyPrefix;
    private final String channel;
    private final CommandBatcher batcher;
    private final RedisRenewals renewals;

    /**
     * @param connections for the scripts
     * @param close closes all connections that are ours
     * @param keyPrefix begins every key
     * @param clientId hexadecimal digits; whom a release tells when it grants the lock to one of this backend's waiters
     */
    RedisLocks(ScriptConnections connections, Mono<Void> close, String keyPrefix, String clientId) {
        this.connections = connections;
        this.close = close;
        this.keyPrefix = keyPrefix;
        this.channel = keyPrefix + ":wake:" + clientId;
        this.batcher = new CommandBatcher(connections.commands, connections.commandsMaster, connections.topology, LOCK);
        this.renewals = new RedisRenewals(keyPrefix, connections.topology, connections.renewalsMaster);
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return Request.of(batcher, Operation.Attempt.tryOnce(keyPrefix, command));
    }

    Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval, Duration claimTime) {
        return Request.of(
                batcher,
                Operation.Attempt.enqueue(
                        keyPrefix, command, checkInterval, channel, connections.topology.receivers, claimTime));
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
        return connections
                .renewals
                .get()
                .flatMapMany(c -> renewals.renew(c, due))
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

    /** Completes on the event loop of the commands: whoever is told must not have the renewals' one. */
    @Override
    public Mono<Void> connect() {
        return connections.open().onErrorMap(e -> RedisErrors.map("connect", e)).then(ping());
    }

    @Override
    public Mono<Void> ping() {
        return connections.commands.get().flatMap(renewals::ping).onErrorMap(e -> RedisErrors.map("ping", e));
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
