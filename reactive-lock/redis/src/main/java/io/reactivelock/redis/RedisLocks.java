package io.reactivelock.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.protocol.CommandType;
import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The locks of one key prefix, without signals: for a user who has no pub/sub connection. A lock has three keys, which share the
 * lock name as their hash tag, so that a Cluster keeps them together; the scripts say what is in them.
 */
final class RedisLocks implements LockBackend {
    private static final Logger LOG = Loggers.getLogger(RedisLocks.class);

    private static final RedisScript ACQUIRE = RedisScript.load("acquire.lua");
    private static final RedisScript RELEASE = RedisScript.load("release.lua");
    private static final RedisScript RENEW = RedisScript.load("renew.lua");

    /** A name that nobody locks for so long leaves nothing behind. Its next token is above the others by the server's clock. */
    private static final Duration TOKEN_RETENTION = Duration.ofDays(30);
    /** Far longer than a waiter stays silent: a queue lives while somebody waits. */
    private static final Duration QUEUE_RETENTION = Duration.ofMinutes(10);

    /** How long a lock that came free is kept for the waiter that was called. A dead one costs the others so much. */
    private static final Duration CLAIM_TIME = Duration.ofSeconds(1);

    private static final int RENEWALS_PER_CALL = 100;
    private static final String HELD = "held ";

    private static final Pattern MAX_MEMORY = Pattern.compile("\\bmaxmemory:([1-9]\\d*)");
    private static final Pattern EVICTION_POLICY = Pattern.compile("\\bmaxmemory_policy:((?!noeviction)[a-z-]+)");

    private final LazyConnection<? extends StatefulConnection<String, String>> connection;
    private final Mono<Void> close;
    private final String keyPrefix;
    private final String clientId;
    private final AtomicBoolean evictionChecked = new AtomicBoolean();

    /**
     * @param connection for the scripts
     * @param close closes all connections that are ours
     * @param keyPrefix begins every key
     * @param clientId hexadecimal digits; whom a release calls when it is the turn of one of this backend's waiters
     */
    RedisLocks(
            LazyConnection<? extends StatefulConnection<String, String>> connection,
            Mono<Void> close,
            String keyPrefix,
            String clientId) {
        this.connection = connection;
        this.close = close;
        this.keyPrefix = keyPrefix;
        this.clientId = clientId;
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return attempt(
                command,
                List.of(key(command.name(), "lock"), key(command.name(), "token")),
                List.of(
                        command.holder().toString(),
                        millis(command.leaseTime()),
                        Long.toString(command.tokenAbove()),
                        millis(TOKEN_RETENTION)));
    }

    Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
        return attempt(
                command,
                allKeys(command.name()),
                List.of(
                        command.holder().toString(),
                        millis(command.leaseTime()),
                        Long.toString(command.tokenAbove()),
                        millis(TOKEN_RETENTION),
                        waiter(command.holder()),
                        millis(QUEUE_RETENTION)));
    }

    private Mono<AttemptResult> attempt(AcquireCommand command, List<String> keys, List<String> values) {
        return connected(command.name(), c -> ACQUIRE.run(c, keys, values))
                .map(reply -> reply.startsWith(HELD)
                        ? new AttemptResult.Busy(Duration.ofMillis(Long.parseLong(reply.substring(HELD.length()))))
                        : new AttemptResult.Granted(Long.parseLong(reply), 1, false));
    }

    /** Also takes the holder out of the queue, and calls the next waiter. */
    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return connected(
                        name,
                        c -> RELEASE.run(
                                c,
                                allKeys(name),
                                List.of(
                                        holder.toString(),
                                        waiter(holder),
                                        channelPrefix(),
                                        millis(TOKEN_RETENTION),
                                        Integer.toString(receivers(c)),
                                        millis(CLAIM_TIME))))
                .map(reply -> reply.equals("1"));
    }

    /**
     * How many receivers a call to a waiter needs. In a Cluster, PUBLISH reaches the subscribers of every node but counts those of
     * its own node only; so there every call is taken for heard, and a waiter that died costs the others the claim time.
     */
    private static int receivers(StatefulConnection<String, String> connection) {
        return connection instanceof StatefulRedisClusterConnection ? 0 : 1;
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        if (renewals.isEmpty()) {
            return Flux.empty();
        }
        String firstName = renewals.get(0).name();
        return connected(firstName, Mono::just)
                .flatMapMany(c -> Flux.fromIterable(calls(c, renewals))
                        .flatMapDelayError(call -> renew(c, call), Integer.MAX_VALUE, RENEWALS_PER_CALL))
                .onErrorMap(Exceptions::isMultiple, RedisLocks::first);
    }

    /** One script call has one slot in a Cluster. */
    private List<List<Renewal>> calls(StatefulConnection<String, String> connection, List<Renewal> renewals) {
        Collection<List<Renewal>> groups = connection instanceof StatefulRedisClusterConnection
                ? renewals.stream()
                        .collect(Collectors.groupingBy(renewal -> SlotHash.getSlot(key(renewal.name(), "lock"))))
                        .values()
                : List.of(renewals);
        List<List<Renewal>> calls = new ArrayList<>();
        for (List<Renewal> group : groups) {
            for (int from = 0; from < group.size(); from += RENEWALS_PER_CALL) {
                calls.add(group.subList(from, Math.min(from + RENEWALS_PER_CALL, group.size())));
            }
        }
        return calls;
    }

    private Flux<RenewalResult> renew(StatefulConnection<String, String> connection, List<Renewal> call) {
        List<String> keys = new ArrayList<>(call.size());
        List<String> values = new ArrayList<>(2 * call.size());
        for (Renewal renewal : call) {
            keys.add(key(renewal.name(), "lock"));
            values.add(renewal.holder().toString());
            values.add(millis(renewal.leaseTime()));
        }
        return RENEW.run(connection, keys, values)
                .onErrorMap(e -> RedisErrors.map(call.get(0).name(), e))
                .flatMapMany(reply -> Flux.range(0, call.size())
                        .map(i -> new RenewalResult(call.get(i).holder(), reply.charAt(i) == '1')));
    }

    /** The error of the first call that failed; those of the others go with it. */
    private static Throwable first(Throwable composite) {
        List<Throwable> errors = Exceptions.unwrapMultiple(composite);
        Throwable first = errors.get(0);
        errors.stream().skip(1).forEach(first::addSuppressed);
        return first;
    }

    @Override
    public Consistency consistency() {
        return Consistency.FAILOVER_CAN_GRANT_TWICE;
    }

    @Override
    public Mono<Void> disposeLater() {
        return close;
    }

    private <T> Mono<T> connected(String lockName, Function<StatefulConnection<String, String>, Mono<T>> use) {
        return connection
                .get()
                .doOnNext(this::checkEviction)
                .flatMap(use)
                .onErrorMap(e -> RedisErrors.map(lockName, e));
    }

    /** Warns, once, of a server that may drop locks when its memory is full. One that does not tell is not asked again. */
    private void checkEviction(StatefulConnection<String, String> connection) {
        if (!evictionChecked.get() && evictionChecked.compareAndSet(false, true)) {
            RedisScript.send(
                            connection,
                            CommandType.INFO,
                            () -> RedisScript.args().add("memory"))
                    .mapNotNull(RedisLocks::evictionPolicy)
                    .subscribe(
                            policy -> LOG.warn(
                                    "Redis evicts keys when its memory is full (maxmemory-policy {}), locks that are held among them."
                                            + " Use noeviction, or a Redis of its own for locks",
                                    policy),
                            e -> LOG.debug("Redis does not tell its maxmemory-policy", e));
        }
    }

    static @Nullable String evictionPolicy(String info) {
        Matcher policy = EVICTION_POLICY.matcher(info);
        return MAX_MEMORY.matcher(info).find() && policy.find() ? policy.group(1) : null;
    }

    private List<String> allKeys(String name) {
        return List.of(key(name, "lock"), key(name, "token"), key(name, "wait"));
    }

    /**
     * The hash tag is what stands between the first brace and the next closing one; so a name's own closing braces are written
     * otherwise. The key prefix has no braces.
     */
    private String key(String name, String kind) {
        String tag = name.indexOf('}') < 0 && name.indexOf('%') < 0
                ? name
                : name.replace("%", "%25").replace("}", "%7D");
        return keyPrefix + ":{" + tag + "}:" + kind;
    }

    String channel() {
        return channelPrefix() + clientId;
    }

    private String channelPrefix() {
        return keyPrefix + ":wake:";
    }

    private String waiter(Holder holder) {
        return holder + ":" + clientId;
    }

    /** In the server's unit, rounded up. */
    private static String millis(Duration duration) {
        return Long.toString(duration.plusNanos(999_999).toMillis());
    }
}
