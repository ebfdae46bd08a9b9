package io.reactivelock.demo;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;

/** A Redis that the user named. Blocks, for the main thread of a command has nothing else to do. */
final class NamedRedis implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final RedisClient client;
    private final RedisCommands<String, String> commands;
    private final String address;

    private NamedRedis(RedisClient client, RedisCommands<String, String> commands, String address) {
        this.client = client;
        this.commands = commands;
        this.address = address;
    }

    static NamedRedis connect(String text) {
        RedisURI uri = parse(text);
        uri.setTimeout(TIMEOUT);
        String address = uri.getHost() + ":" + uri.getPort();
        RedisClient client = RedisClient.create(uri);
        try {
            return new NamedRedis(client, client.connect().sync(), address);
        } catch (RedisException e) {
            client.shutdown(Duration.ZERO, TIMEOUT);
            throw new DemoException("Redis at " + address + " cannot be reached: " + DemoFailures.reason(e) + ".", e);
        }
    }

    private static RedisURI parse(String text) {
        try {
            RedisURI uri = RedisURI.create(text);
            if (uri.getHost() == null) {
                throw new IllegalArgumentException("no host");
            }
            return uri;
        } catch (IllegalArgumentException e) {
            throw new DemoException("--redis is a URI as in redis://user:password@host:6379.", e);
        }
    }

    /** Version and address, for people. */
    String description() {
        String version = commands.info("server")
                .lines()
                .filter(line -> line.startsWith("redis_version:"))
                .map(line -> line.substring("redis_version:".length()).strip())
                .findFirst()
                .orElse("of unknown version");
        return "Redis " + version + ", as named, " + address;
    }

    /** Deletes what the locks of this run left: the counters of their tokens. */
    void deleteKeysOf(String run) {
        ScanIterator<String> keys = ScanIterator.scan(
                commands, ScanArgs.Builder.matches("*" + run + "*").limit(1_000));
        keys.stream().forEach(commands::del);
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, TIMEOUT);
    }
}
