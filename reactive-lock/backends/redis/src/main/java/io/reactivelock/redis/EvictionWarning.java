package io.reactivelock.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.CommandType;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Warns of a server that may drop locks when its memory is full. // D5 */
final class EvictionWarning {
    private static final Logger LOG = Loggers.getLogger(EvictionWarning.class);

    private static final Pattern MAX_MEMORY = Pattern.compile("\\bmaxmemory:([1-9]\\d*)");
    private static final Pattern POLICY = Pattern.compile("\\bmaxmemory_policy:((?!noeviction)[a-z-]+)");

    private EvictionWarning() {}

    /** Asks the server, without waiting for the answer. One that does not tell is not asked again. */
    static void ask(StatefulConnection<String, String> connection) {
        RedisScript.send(connection, CommandType.INFO, () -> RedisScript.args().add("memory"))
                .mapNotNull(EvictionWarning::policy)
                .subscribe(
                        policy -> LOG.warn(
                                "Redis evicts keys when its memory is full (maxmemory-policy {}), locks that are held among them."
                                        + " Use noeviction, or a Redis of its own for locks",
                                policy),
                        e -> LOG.debug("Redis does not tell its maxmemory-policy", e));
    }

    /** Returns the policy by which locks may be evicted; null where none can be. */
    static @Nullable String policy(String info) {
        Matcher policy = POLICY.matcher(info);
        return MAX_MEMORY.matcher(info).find() && policy.find() ? policy.group(1) : null;
    }
}
