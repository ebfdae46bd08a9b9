package io.reactivelock.speed.subject;

import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Mono;

/** What a lock costs at least: two commands on one connection, with nothing around them. */
final class BareLettuce implements MeasuredLock {
    private static final String COMPARE_AND_DELETE =
            "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";
    private static final HexFormat HEX = HexFormat.of();

    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;
    private final RedisAsyncCommands<String, String> redis;
    private final String script;
    private final long leaseMillis;

    BareLettuce(String uri, Duration leaseTime) {
        this.client = RedisClient.create(uri);
        this.connection = client.connect();
        this.redis = connection.async();
        this.script = connection.sync().scriptLoad(COMPARE_AND_DELETE);
        this.leaseMillis = leaseTime.toMillis();
    }

    @Override
    public Mono<HeldLock> acquire(String name) {
        return Mono.defer(() -> {
            String holder = holder();
            return Mono.fromCompletionStage(
                            redis.set(name, holder, SetArgs.Builder.nx().px(leaseMillis)))
                    .<HeldLock>map(granted -> () -> release(name, holder))
                    .switchIfEmpty(NotHeld.error(name));
        });
    }

    private Mono<Void> release(String name, String holder) {
        return Mono.fromCompletionStage(
                        () -> redis.<Long>evalsha(script, ScriptOutputType.INTEGER, new String[] {name}, holder))
                .flatMap(deleted -> deleted == 1 ? Mono.empty() : NotHeld.error(name));
    }

    private static String holder() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return HEX.toHexDigits(random.nextLong()) + HEX.toHexDigits(random.nextLong());
    }

    @Override
    public void close() {
        connection.close();
        client.shutdown();
    }
}
