package io.reactivelock.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Renewal;
import io.reactivelock.testservers.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/** A backend with a key prefix of its own, and a connection to look at what it stores. */
final class RedisFixture implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(10);
    static final Duration CHECK = Duration.ofSeconds(1);
    static final Duration LEASE = Duration.ofSeconds(30);

    private static final Pattern CALLS = Pattern.compile("cmdstat_([a-z]+):calls=(\\d+)");

    final String prefix = "test-" + UUID.randomUUID();
    final RedisClient client;
    final StatefulRedisConnection<String, String> admin;
    final RedisLockBackend backend;

    RedisFixture(RedisServer server) {
        client = RedisClient.create(server.uri());
        admin = client.connect(StringCodec.UTF8);
        backend = RedisLockBackend.create(client).keyPrefix(prefix);
    }

    /** Another client's backend over the same locks. */
    RedisLockBackend otherBackend() {
        return RedisLockBackend.create(client).keyPrefix(prefix);
    }

    RedisCommands<String, String> redis() {
        return admin.sync();
    }

    /** All that match, by a command that every Lettuce has under the same signature. */
    List<String> keys(String pattern) {
        return ScanIterator.scan(redis(), ScanArgs.Builder.matches(pattern).limit(1_000)).stream()
                .distinct()
                .toList();
    }

    String lockKey(String name) {
        return prefix + ":{" + name + "}:lock";
    }

    String tokenKey(String name) {
        return prefix + ":{" + name + "}:token";
    }

    String waitKey(String name) {
        return prefix + ":{" + name + "}:wait";
    }

    String waitersKey(String name) {
        return prefix + ":{" + name + "}:waiters";
    }

    static Holder holder() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new Holder(random.nextLong(), random.nextLong());
    }

    static AcquireCommand command(String name, Holder holder) {
        return new AcquireCommand(name, holder, LEASE, 0, 1);
    }

    static Renewal renewal(String name, Holder holder) {
        return new Renewal(name, holder, LEASE);
    }

    AttemptResult tryAcquire(String name, Holder holder) {
        return get(backend.tryAcquire(command(name, holder)));
    }

    AttemptResult enqueue(String name, Holder holder) {
        return get(backend.enqueue(command(name, holder), CHECK));
    }

    boolean release(String name, Holder holder) {
        return get(backend.release(name, holder));
    }

    /** The token of a grant; any other answer fails the test. */
    static long token(AttemptResult result) {
        return ((AttemptResult.Granted) result).token();
    }

    static <T> T get(Mono<T> mono) {
        T value = mono.block(PATIENCE);
        if (value == null) {
            throw new AssertionError("completed empty");
        }
        return value;
    }

    /** As the client does: the same holder again after an outcome that is not known. */
    static <T> Mono<T> untilAnswered(Mono<T> call) {
        return call.retryWhen(Retry.fixedDelay(1_000, Duration.ofMillis(1))
                .filter(e -> e instanceof LockBackendException failure && failure.isTransient()));
    }

    /** Waits until the server says so. */
    static void await(String what, BooleanSupplier condition) {
        Mono.fromSupplier(condition::getAsBoolean)
                .filter(met -> met)
                .repeatWhenEmpty(attempts -> attempts.delayElements(Duration.ofMillis(5), Schedulers.boundedElastic()))
                .timeout(PATIENCE, Mono.error(new AssertionError("not within " + PATIENCE + ": " + what)))
                .block();
    }

    /** How often the server ran each command meanwhile, also inside scripts. */
    Map<String, Long> cost(Runnable work) {
        Map<String, Long> before = calls();
        work.run();
        Map<String, Long> cost = calls();
        before.forEach((name, calls) -> cost.merge(name, -calls, Long::sum));
        cost.merge("info", -1L, Long::sum);
        cost.values().removeIf(calls -> calls == 0);
        return cost;
    }

    private Map<String, Long> calls() {
        Map<String, Long> calls = new TreeMap<>();
        Matcher matcher = CALLS.matcher(redis().info("commandstats"));
        while (matcher.find()) {
            calls.put(matcher.group(1), Long.parseLong(matcher.group(2)));
        }
        return calls;
    }

    @Override
    public void close() {
        backend.close().block(PATIENCE);
        admin.close();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }

    /**
     * Shuts down a client whose connections were cut and may be on their way back. Without a quiet period, Netty leaves a channel
     * open that registers while its event loop ends, and with it the socket and the buffer.
     */
    static void shutdownAfterCuts(AbstractRedisClient client) {
        client.shutdown(Duration.ofMillis(1), Duration.ofSeconds(2));
    }

    /** Stops a server of its own as a machine does that swaps or is suspended. */
    static void pause(RedisServer server) {
        signal("-STOP", server);
    }

    static void resume(RedisServer server) {
        signal("-CONT", server);
    }

    private static void signal(String signal, RedisServer server) {
        try {
            int exit = new ProcessBuilder(
                            "kill", signal, Long.toString(server.pid().orElseThrow()))
                    .start()
                    .waitFor();
            assertThat(exit).isZero();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
