package io.reactivelock.speed.adapter;

import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.LockRequest;
import io.reactivelock.mutiny.MutinyLockClient;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.speed.subject.MeasuredLock;
import io.reactivelock.speed.subject.NotHeld;
import io.reactivelock.speed.subject.Subject;
import io.reactivelock.vertx.VertxEventLoops;
import io.reactivelock.vertx.VertxLockClient;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;

/** Through what a lock is taken. */
public enum Adapter {
    /** {@code LockClient}, which the adapters adapt. */
    REACTOR("Reactor") {
        @Override
        Cycles open(String redis) {
            return reactive(Subject.REACTIVE_LOCK, redis);
        }
    },
    /** {@code VertxLockClient}, with Lettuce on threads of its own. */
    VERTX("Vert.x") {
        @Override
        Cycles open(String redis) {
            Vertx vertx = Vertx.vertx();
            return vertx(
                    vertx.getOrCreateContext(),
                    VertxLockClient.create(vertx, RedisLockBackend.create(redis)),
                    () -> {});
        }
    },
    /** {@code VertxLockClient}, with Lettuce on the event loop of the verticle. */
    VERTX_SHARED_LOOP("Vert.x, shared event loop") {
        @Override
        Cycles open(String redis) {
            Vertx vertx = Vertx.vertx();
            Context verticle = vertx.getOrCreateContext();
            ClientResources resources = Future.<ClientResources>future(made ->
                            verticle.runOnContext(nothing -> made.complete(VertxEventLoops.clientResources(vertx))))
                    .await();
            RedisClient client = RedisClient.create(resources, redis);
            return vertx(verticle, VertxLockClient.create(vertx, RedisLockBackend.create(client)), () -> {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
                resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
            });
        }
    },
    /** {@code MutinyLockClient}. */
    MUTINY("Mutiny") {
        @Override
        Cycles open(String redis) {
            MutinyLockClient locks = MutinyLockClient.create(RedisLockBackend.create(redis));
            return new Cycles() {
                @Override
                public void run(int count, int inFlight) {
                    Multi.createFrom()
                            .range(0, count)
                            .onItem()
                            .transformToUni(i -> locks.acquire(request(Cycles.name(i)))
                                    .chain(lease -> lease.release().map(held -> requireHeld(held, lease.name()))))
                            .merge(inFlight)
                            .onItem()
                            .ignoreAsUni()
                            .await()
                            .indefinitely();
                }

                @Override
                public void close() {
                    locks.close().await().indefinitely();
                }
            };
        }
    },
    /** {@code SharedData.getLocalLockWithTimeout}: within one process, without expiry or token. */
    SHARED_DATA_LOCAL("SharedData, local") {
        @Override
        Cycles open(String redis) {
            Vertx vertx = Vertx.vertx();
            return new VertxCycles(
                    vertx.getOrCreateContext(),
                    name -> vertx.sharedData()
                            .getLocalLockWithTimeout(name, Subject.WAIT_TIME.toMillis())
                            .map(lock -> {
                                lock.release();
                                return true;
                            }),
                    () -> {});
        }
    },
    /** {@code RLockReactive}. */
    REDISSON("Redisson") {
        @Override
        Cycles open(String redis) {
            return reactive(Subject.REDISSON, redis);
        }
    };

    private final String title;

    Adapter(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Opens a client with connections of its own. */
    abstract Cycles open(String redis);

    private static LockRequest request(String name) {
        return LockRequest.of(name).leaseTime(Subject.LEASE_TIME).waitTime(Subject.WAIT_TIME);
    }

    private static boolean requireHeld(boolean held, String name) {
        if (!held) {
            throw NotHeld.of(name);
        }
        return true;
    }

    private static Cycles reactive(Subject subject, String redis) {
        MeasuredLock locks = subject.open(redis);
        return new Cycles() {
            @Override
            public void run(int count, int inFlight) {
                Flux.range(0, count)
                        .flatMap(i -> locks.cycle(Cycles.name(i)), inFlight)
                        .blockLast();
            }

            @Override
            public void close() {
                locks.close();
            }
        };
    }

    private static Cycles vertx(Context verticle, VertxLockClient locks, AutoCloseable redis) {
        return new VertxCycles(
                verticle,
                name -> locks.acquire(request(name))
                        .compose(lease -> lease.release())
                        .map(held -> requireHeld(held, name)),
                () -> {
                    locks.close().await();
                    redis.close();
                });
    }
}
