package io.reactivelock.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The WAITs on one connection, one at a time: Redis keeps all that follows on the connection until it has answered. The answer to one
 * is that to all who asked before it was sent, for it counts the replicas that have all that the connection wrote. Those who ask
 * meanwhile share the next one.
 */
final class ReplicaWaits implements RedisConnectionStateListener {
    final StatefulConnection<String, String> connection;
    private final int replicas;
    private final Duration timeout;

    /** How often the connection broke. */
    private final AtomicLong breaks = new AtomicLong();

    /** Guarded by this. */
    private boolean underWay;

    /** Guarded by this. The answer to the WAIT that is to be sent next; null if nobody needs one. */
    private @Nullable CompletableFuture<Long> next;

    ReplicaWaits(StatefulConnection<String, String> connection, int replicas, Duration timeout) {
        this.connection = connection;
        this.replicas = replicas;
        this.timeout = timeout;
    }

    long breaks() {
        return breaks.get();
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> broken) {
        breaks.incrementAndGet();
    }

    /** How many replicas have what was written on the connection before this is subscribed to. A cancel leaves it to the others. */
    Mono<Long> acknowledged() {
        return Mono.fromFuture(this::join, true);
    }

    private CompletableFuture<Long> join() {
        CompletableFuture<Long> answer;
        boolean first;
        synchronized (this) {
            answer = next == null ? new CompletableFuture<>() : next;
            next = answer;
            first = !underWay;
            underWay = true;
        }
        if (first) {
            sendNext();
        }
        return answer;
    }

    private void sendNext() {
        CompletableFuture<Long> answer;
        synchronized (this) {
            answer = next;
            next = null;
            underWay = answer != null;
        }
        if (answer != null) {
            send().whenComplete((count, error) -> {
                // they come first, for what they give back must not stand behind the next WAIT
                if (error == null) {
                    answer.complete(count);
                } else {
                    answer.completeExceptionally(error);
                }
                sendNext();
            });
        }
    }

    @SuppressWarnings("CatchingUnchecked") // an Error of the driver, too, is an answer to those who wait for one
    private CompletionStage<Long> send() {
        try {
            StatefulRedisConnection<String, String> master = (StatefulRedisConnection<String, String>) connection;
            return master.async().waitForReplication(replicas, timeout.toMillis());
        } catch (Throwable refused) {
            return CompletableFuture.failedStage(refused);
        }
    }
}
