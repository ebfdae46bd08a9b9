package io.reactivelock.chaos.fault;

import io.reactivelock.testservers.RedisSentinel;
import io.reactivelock.testservers.RedisServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A master and two replicas, watched by three sentinels. */
final class SentinelRedis implements Deployment {
    private final RedisSentinel redis;

    SentinelRedis(Map<String, String> environment) {
        redis = RedisSentinel.start(environment, Deployment.persistent());
    }

    @Override
    public ChaosTopology topology() {
        return ChaosTopology.SENTINEL;
    }

    @Override
    public String uri() {
        return redis.uri();
    }

    @Override
    public List<RedisServer> servers() {
        return redis.servers();
    }

    @Override
    public Mono<Set<Integer>> masters() {
        return Mono.fromCallable(redis::masterPort)
                .subscribeOn(Schedulers.boundedElastic())
                .map(Set::of);
    }

    /** A former master that nobody has demoted goes on granting, whatever the sentinels say. */
    @Override
    public Mono<Void> settled() {
        return step(redis::awaitOneMaster);
    }

    @Override
    public List<Fault> failovers(RedisNodes nodes) {
        return List.of(
                Act.of(
                        "redis failover",
                        Set.of(RelaxedGuarantee.DURABLE_GRANTS),
                        random -> nodes.alone(random, master -> orderlyFailover(master))),
                Act.of(
                        "redis failover, writes lost",
                        Set.of(RelaxedGuarantee.DURABLE_GRANTS),
                        random -> nodes.alone(random, master -> losingFailover(random, master))));
    }

    private Mono<Void> orderlyFailover(RedisServer master) {
        return Mono.usingWhen(Mono.just(master), former -> step(redis::failOver), former -> step(() -> follow(former)));
    }

    /** What the master answers from its isolation on is lost with it. */
    private Mono<Void> losingFailover(RandomGenerator random, RedisServer master) {
        Mono<Void> loss = step(redis::stopReplication)
                .then(Mono.delay(Act.between(random, 100, 500)))
                .then(step(master::kill))
                .then(step(redis::failOver));
        return Mono.usingWhen(Mono.just(master), killed -> loss, killed -> step(() -> comeBack(killed)));
    }

    /** Without the order to replicate nothing, and without the writes that were lost. */
    private void comeBack(RedisServer killed) {
        killed.restartEmpty();
        follow(killed);
    }

    /** Also after a failover that failed halfway: what the former master grants as long as nobody demotes it, is granted twice. */
    private void follow(RedisServer former) {
        if (redis.masterPort() != former.port()) {
            redis.demote(former.port());
        }
        redis.awaitCalm();
    }

    private static Mono<Void> step(Runnable step) {
        return RedisNodes.blocking(step);
    }

    @Override
    public void close() {
        redis.close();
    }
}
