package io.reactivelock.speed.adapter;

import io.reactivelock.speed.harness.Chains;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.function.Function;

/**
 * Chains of cycles on one event loop.
 *
 * @param context where they run; its Vertx is closed with this
 * @param cycle takes and gives back
 * @param client closed before the Vertx is
 */
record VertxCycles(Context context, Function<String, Future<?>> cycle, AutoCloseable client) implements Cycles {
    @Override
    public void run(int count, int inFlight) {
        Chains.run(context, count, inFlight, i -> cycle.apply(Cycles.name(i)));
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (Exception e) {
            throw new IllegalStateException("not closed: " + client, e);
        }
        context.owner().close().await();
    }
}
