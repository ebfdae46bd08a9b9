package io.reactivelock.vertx;

import io.vertx.core.Promise;
import reactor.core.publisher.BaseSubscriber;

/**
 * Turns what a publisher says into the result of a promise, with null for nothing. An event loop that has ended refuses to tell
 * anyone; that stays here, and is logged, so that the engine is not disturbed.
 */
class Answer<T> extends BaseSubscriber<T> {
    final Promise<T> promise;

    Answer(Promise<T> promise) {
        this.promise = promise;
    }

    @Override
    protected final void hookOnNext(T value) {
        promise.tryComplete(value);
    }

    /** After a value this changes nothing. */
    @Override
    protected final void hookOnComplete() {
        promise.tryComplete();
    }

    @Override
    protected final void hookOnError(Throwable error) {
        promise.tryFail(error);
    }
}
