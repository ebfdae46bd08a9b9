package io.reactivelock.pgguard;

import io.vertx.core.Vertx;
import io.vertx.core.spi.metrics.PoolMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A Vertx that counts who waits for a connection of a pool, and who has one. */
final class VertxFencingMetrics implements VertxMetrics {
    private final Map<String, AtomicInteger> borrowed = new ConcurrentHashMap<>();
    private final Vertx vertx = Vertx.builder().withMetrics(options -> this).build();

    Vertx vertx() {
        return vertx;
    }

    int borrowed(String pool) {
        return counter(pool).get();
    }

    @Override
    public PoolMetrics<?, ?> createPoolMetrics(String type, String name, int maxSize) {
        return new Counted(counter(name));
    }

    private AtomicInteger counter(String pool) {
        return borrowed.computeIfAbsent(pool, none -> new AtomicInteger());
    }

    private record Counted(AtomicInteger borrowed) implements PoolMetrics<Object, Object> {
        @Override
        public Object enqueue() {
            borrowed.incrementAndGet();
            return this;
        }

        @Override
        public void dequeue(Object waiting) {
            borrowed.decrementAndGet();
        }

        @Override
        public Object begin() {
            borrowed.incrementAndGet();
            return this;
        }

        @Override
        public void end(Object using) {
            borrowed.decrementAndGet();
        }
    }
}
