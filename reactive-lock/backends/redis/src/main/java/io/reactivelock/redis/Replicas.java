package io.reactivelock.redis;

import io.lettuce.core.api.StatefulConnection;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.LockBackend;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Takes a grant for one only when enough replicas have it, by {@code WAIT} on the connection that wrote it. Lettuce sends a WAIT
 * again after a reconnect, and that may lead to another master, whose replicas say nothing of the grant; so a connection that broke
 * meanwhile counts as no replica at all. // D10
 */
final class Replicas {
    private final LazyConnection<? extends StatefulConnection<String, String>> connection;
    private final int replicas;
    private final Duration timeout;
    private final AtomicReference<@Nullable ReplicaWaits> waits = new AtomicReference<>();

    Replicas(LazyConnection<? extends StatefulConnection<String, String>> connection, int replicas, Duration timeout) {
        this.connection = connection;
        this.replicas = replicas;
        this.timeout = timeout;
    }

    /** Lets a grant pass that enough replicas have, and every other answer; any other grant is given back. */
    Mono<AttemptResult> confirm(LockBackend locks, AcquireCommand command, Mono<AttemptResult> attempt) {
        return connection
                .get()
                .onErrorMap(e -> RedisErrors.map(command.name(), e))
                .flatMap(opened -> {
                    ReplicaWaits waiting = waits(opened);
                    long before = waiting.breaks();
                    return attempt.flatMap(result -> result instanceof AttemptResult.Granted
                            ? waiting.acknowledged()
                                    .onErrorMap(e -> RedisErrors.map(command.name(), e))
                                    .map(count -> waiting.breaks() == before ? count : 0)
                                    .filter(count -> count >= replicas)
                                    .<AttemptResult>map(enough -> result)
                                    .switchIfEmpty(Mono.error(() -> tooFew(command.name())))
                                    .onErrorResume(e -> giveBack(locks, command, e))
                            : Mono.just(result));
                });
    }

    private static Mono<AttemptResult> giveBack(LockBackend locks, AcquireCommand command, Throwable reason) {
        return locks.release(command.name(), command.holder()).then(Mono.error(reason));
    }

    private LockBackendException tooFew(String lockName) {
        return new LockBackendException(
                lockName,
                Kind.TRANSIENT,
                "fewer than " + replicas + " replicas had the grant within " + timeout + ", so it was given back",
                null);
    }

    private ReplicaWaits waits(StatefulConnection<String, String> opened) {
        ReplicaWaits known = waits.get();
        if (known != null && known.connection == opened) {
            return known;
        }
        ReplicaWaits fresh = new ReplicaWaits(opened, replicas, timeout);
        if (waits.compareAndSet(known, fresh)) {
            opened.addListener(fresh);
            return fresh;
        }
        return waits(opened);
    }
}
