package io.reactivelock.chaos.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Tag("long")
class FailoverFaultsTest {
    @ParameterizedTest
    @EnumSource(names = {"SENTINEL", "CLUSTER"})
    void replacesMasters(ChaosTopology topology) {
        try (TestServers test = new TestServers(topology)) {
            clientsGoThroughTheProxies(test);

            Set<Integer> first = TestServers.get(test.servers.masters());
            test.inject("redis failover", new SplittableRandom(1));
            Set<Integer> second = TestServers.get(test.servers.masters());
            assertThat(second).isNotEqualTo(first).hasSameSizeAs(first);

            losesWrites(test, second);
        }
    }

    private static void clientsGoThroughTheProxies(TestServers test) {
        RedisAddress address = test.servers.redis();
        ClientResources resources = address.resources();
        try (AbstractRedisClient client = client(address, resources)) {
            StatefulConnection<String, String> connection =
                    client instanceof RedisClusterClient cluster ? cluster.connect() : ((RedisClient) client).connect();
            assertThat(connection.isOpen()).isTrue();
            assertThat(test.servers.redisLinks())
                    .anySatisfy(link -> assertThat(link.proxy().accepted()).isPositive());
        } finally {
            resources.shutdown(0, 30, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private static AbstractRedisClient client(RedisAddress address, ClientResources resources) {
        return address.topology() == ChaosTopology.CLUSTER
                ? RedisClusterClient.create(resources, address.uri())
                : RedisClient.create(resources, address.uri());
    }

    /** Of what the masters answered until one was killed, something is missing afterwards. */
    private static void losesWrites(TestServers test, Set<Integer> masters) {
        List<StatefulRedisConnection<String, String>> connections =
                masters.stream().map(test::connect).toList();
        connections.forEach(FailoverFaultsTest::writesWhatStays);
        Mono<Void> injection = test.fault("redis failover, writes lost")
                .inject(new Longest(true))
                .cache();
        List<String> answered = TestServers.get(Flux.merge(
                        injection.then(Mono.<String>empty()),
                        Flux.fromIterable(connections)
                                .flatMap(connection -> writes(connection).takeUntilOther(injection)))
                .collectList());
        connections.forEach(StatefulRedisConnection::close);

        List<String> kept = TestServers.get(Flux.fromIterable(TestServers.get(test.servers.masters()))
                .flatMap(port -> test.servers
                        .nodes()
                        .control()
                        .ask(port, redis -> redis.keys("*").collectList()))
                .flatMapIterable(keys -> keys)
                .collectList());
        assertThat(kept).isNotEmpty();
        assertThat(answered).isNotEmpty();
        assertThat(kept.containsAll(answered)).isFalse();
    }

    /** Before the fault, which may begin sooner than the writes that it meets. */
    private static void writesWhatStays(StatefulRedisConnection<String, String> connection) {
        Mono<Long> replicas =
                writes(connection).next().then(connection.reactive().waitForReplication(1, 10_000));
        assertThat(TestServers.get(replicas)).isPositive();
    }

    /** Keys that the server says it has stored, until it ends; a node of a Cluster refuses those of others. */
    private static Flux<String> writes(StatefulRedisConnection<String, String> connection) {
        return Flux.range(0, Integer.MAX_VALUE)
                .concatMap(
                        number -> connection
                                .reactive()
                                .set("key-" + number, "1")
                                .map(answer -> "key-" + number)
                                .onErrorComplete(RedisCommandExecutionException.class)
                                .delaySubscription(Duration.ofMillis(1)),
                        1)
                .onErrorComplete();
    }
}
