package io.reactivelock.vertx;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.threadchecker.BlockedThreadEvent;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import reactor.blockhound.BlockHound;

/** Event loops on which a call that blocks fails, and one that takes too long is noted. For a JVM of its own. */
public final class WatchedEventLoops {
    public static final long LIMIT_MILLIS = 100;

    private final Queue<String> blocked = new ConcurrentLinkedQueue<>();
    private final Vertx vertx = Vertx.vertx(new VertxOptions()
            .setEventLoopPoolSize(2)
            .setPreferNativeTransport(true)
            .setMaxEventLoopExecuteTime(LIMIT_MILLIS)
            .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
            .setBlockedThreadCheckInterval(5));

    /** Before any thread that is watched starts. */
    public static void install() {
        BlockHound.builder()
                .loadIntegrations()
                .nonBlockingThreadPredicate(
                        others -> others.or(thread -> thread.getName().startsWith("vert.x-eventloop")))
                .install();
    }

    public Vertx vertx() {
        return vertx;
    }

    /** Where a loop was found to take too long, in frames of ours. */
    public Queue<String> blocked() {
        return blocked;
    }

    /** Makes a call on an event loop, and waits for its result. */
    public <T> T call(Supplier<Future<T>> call) {
        ((VertxInternal) vertx).blockedThreadChecker().setThreadBlockedHandler(this::note);
        Promise<T> result = Promise.promise();
        vertx.runOnContext(nothing -> {
            try {
                call.get().onComplete(result);
            } catch (Throwable e) {
                result.fail(e);
            }
        });
        return result.future().await();
    }

    /** Waits for others are none of ours; a machine that is slow stops a loop anywhere. */
    private void note(BlockedThreadEvent event) {
        Stream.of(event.thread().getStackTrace())
                .map(StackTraceElement::toString)
                .filter(frame -> frame.contains("io.reactivelock"))
                .findFirst()
                .ifPresent(blocked::add);
    }
}
