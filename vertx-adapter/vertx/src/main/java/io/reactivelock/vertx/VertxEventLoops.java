package io.reactivelock.vertx;

import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.Transports;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/**
 * Lets Lettuce run on the event loops of Vert.x, so that an application has one set of them. Needs {@code lettuce-core}.
 *
 * <pre>{@code
 * ClientResources resources = VertxEventLoops.clientResources(vertx);
 * RedisClient redis = RedisClient.create(resources, "redis://localhost");
 * VertxLockClient locks = VertxLockClient.create(vertx, RedisLockBackend.create(redis));
 * }</pre>
 *
 * <p>Lettuce then has one thread of its own, for time-outs. To be shut down before the Vertx is closed, in the reverse order: the lock
 * client, the Redis client, the resources. Whoever connects with a method that waits must not do it on an event loop.
 */
public final class VertxEventLoops {
    private VertxEventLoops() {}

    /**
     * Resources on event loops of a Vertx, otherwise with Lettuce's defaults. Within a verticle, on the verticle's own event loop, so
     * that no call of this verticle changes threads; elsewhere on all of them. Their shutdown leaves the event loops as they are.
     *
     * @param vertx whose event loops to use
     * @return the resources, to be shut down by the caller
     * @throws IllegalStateException if one of the two uses a native transport, and the other does not
     */
    public static ClientResources clientResources(Vertx vertx) {
        VertxInternal owner = (VertxInternal) vertx;
        ContextInternal caller = owner.getContext();
        EventLoopGroup loops = caller == null ? owner.nettyEventLoopGroup() : caller.nettyEventLoop();
        requireOneTransport(loops);
        return ClientResources.builder()
                .eventLoopGroupProvider(new Shared(loops))
                .eventExecutorGroup(loops)
                .build();
    }

    private static void requireOneTransport(EventLoopGroup loops) {
        boolean lettuceOnNio = Transports.socketChannelClass() == NioSocketChannel.class;
        boolean vertxOnNio = loops instanceof IoEventLoopGroup group && group.isIoType(NioIoHandler.class);
        if (lettuceOnNio != vertxOnNio) {
            throw new IllegalStateException(
                    "Lettuce and Vert.x share event loops only on the same transport: Lettuce uses "
                            + Transports.socketChannelClass().getSimpleName() + ", and Vert.x "
                            + (vertxOnNio ? "NIO" : "a native one")
                            + "; see VertxOptions.setPreferNativeTransport, and -Dio.lettuce.core.epoll=false");
        }
    }

    private record Shared(EventLoopGroup loops) implements EventLoopGroupProvider {
        /** Lettuce asks for the type of its transport, which is that of these loops. */
        @Override
        @SuppressWarnings("unchecked")
        public <T extends EventLoopGroup> T allocate(Class<T> type) {
            return (T) loops;
        }

        @Override
        public int threadPoolSize() {
            return Math.toIntExact(
                    StreamSupport.stream(loops.spliterator(), false).count());
        }

        @Override
        public Future<Boolean> release(EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
            return stay();
        }

        @Override
        public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
            return stay();
        }

        private static Future<Boolean> stay() {
            return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
        }
    }
}
