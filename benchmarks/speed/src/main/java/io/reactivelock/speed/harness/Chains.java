package io.reactivelock.speed.harness;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.IntFunction;

/** Calls that follow each other on one event loop: as one ends, the next begins. */
public final class Chains {
    private final int count;
    private final int inFlight;
    private final IntFunction<Future<?>> call;
    private final Promise<Void> done = Promise.promise();
    private int begun;
    private int ended;
    private boolean going;

    private Chains(int count, int inFlight, IntFunction<Future<?>> call) {
        this.count = count;
        this.inFlight = inFlight;
        this.call = call;
    }

    /**
     * Runs. Blocks until all is done; fails if one call does.
     *
     * @param context where the calls are made
     * @param count how many
     * @param inFlight how many at a time
     * @param call makes a call, given its number
     */
    public static void run(Context context, int count, int inFlight, IntFunction<Future<?>> call) {
        Chains chains = new Chains(count, inFlight, call);
        context.runOnContext(nothing -> chains.go());
        chains.done.future().await();
    }

    /** A call that is over at once does not nest: then this goes on already. */
    private void go() {
        if (going) {
            return;
        }
        going = true;
        while (begun < count && begun - ended < inFlight) {
            call.apply(begun++).onComplete(ok -> ended(), done::tryFail);
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
