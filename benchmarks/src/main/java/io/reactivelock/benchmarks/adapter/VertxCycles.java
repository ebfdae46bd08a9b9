package io.reactivelock.benchmarks.adapter;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Function;

/** Chains of cycles on one event loop, each followed by the next as it ends. */
final class VertxCycles implements Cycles {
    private final Vertx vertx;
    private final Context context;
    private final Function<String, Future<?>> cycle;
    private final AutoCloseable client;

    /**
     * @param context where the chains run
     * @param cycle takes and gives back
     * @param client closed before the Vertx of the context is
     */
    VertxCycles(Context context, Function<String, Future<?>> cycle, AutoCloseable client) {
        this.vertx = context.owner();
        this.context = context;
        this.cycle = cycle;
        this.client = client;
    }

    @Override
    public void run(int count, int inFlight) {
        Promise<Void> done = Promise.promise();
        Run run = new Run(count, inFlight, done);
        context.runOnContext(nothing -> run.go());
        done.future().await();
    }

    /** Used on the event loop only. */
    private final class Run {
        private final int count;
        private final int inFlight;
        private final Promise<Void> done;
        private int begun;
        private int ended;
        private boolean going;

        Run(int count, int inFlight, Promise<Void> done) {
            this.count = count;
            this.inFlight = inFlight;
            this.done = done;
        }

        /** A cycle that is over at once does not nest: then this goes on already. */
        void go() {
            if (going) {
                return;
            }
            going = true;
            while (begun < count && begun - ended < inFlight) {
                cycle.apply(Cycles.name(begun++)).onComplete(ok -> ended(), done::tryFail);
            }
            going = false;
        }

        private void ended() {
            if (++ended == count) {
                done.complete();
            } else {
                go();
            }
        }
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (Exception e) {
            throw new IllegalStateException("not closed: " + client, e);
        }
        vertx.close().await();
    }
}
