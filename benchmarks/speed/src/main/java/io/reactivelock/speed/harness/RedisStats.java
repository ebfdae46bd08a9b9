package io.reactivelock.speed.harness;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.regex.Pattern;

/** What the server itself counts. */
public final class RedisStats implements AutoCloseable {
    private static final Pattern SCRIPT_CALLS =
            Pattern.compile("cmdstat_(?:eval|evalsha|eval_ro|evalsha_ro|fcall|fcall_ro):calls=(\\d+)");
    private static final Pattern CPU = Pattern.compile("used_cpu_(?:sys|user):([\\d.]+)");

    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;

    /**
     * Connects.
     *
     * @param redis the {@code redis://} URI of the server
     */
    public RedisStats(String redis) {
        this.client = RedisClient.create(redis);
        this.connection = client.connect();
    }

    /** Returns how many scripts were called since the server started. */
    public long scriptCalls() {
        return (long) sum(SCRIPT_CALLS, redis().info("commandstats"));
    }

    /**
     * Returns how often a command was called since the server started, by clients or by scripts.
     *
     * @param command in lower case
     */
    public long calls(String command) {
        Pattern calls = Pattern.compile("cmdstat_" + Pattern.quote(command) + ":calls=(\\d+)");
        return (long) sum(calls, redis().info("commandstats"));
    }

    /** Returns the seconds of CPU that the server has used, in user and system mode. */
    public double cpuSeconds() {
        return sum(CPU, redis().info("cpu"));
    }

    /** Removes all keys. */
    public void flush() {
        redis().flushall();
    }

    /** Returns the commands, for what a question asks beside that. */
    public RedisCommands<String, String> redis() {
        return connection.sync();
    }

    private static double sum(Pattern pattern, String info) {
        return pattern.matcher(info)
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                .sum();
    }

    @Override
    public void close() {
        connection.close();
        client.shutdown();
    }
}
