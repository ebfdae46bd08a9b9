package io.reactivelock.internal;

import io.reactivelock.Lease;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;

/**
 * Gives a lease back when its subscription is cancelled after it was emitted. Operators such as {@code timeout} drop a
 * value that arrives as they cancel, and do not always tell; all of them do cancel. Only a cancel from within {@code onNext} means the
 * opposite: the operator took the value and wants no more, as {@code next} does. // G2
 */
final class MonoReleaseOnCancel extends MonoOperator<Lease, Lease> {
    private static final Logger LOG = Loggers.getLogger(MonoReleaseOnCancel.class);

    MonoReleaseOnCancel(Mono<Lease> source) {
        super(source);
    }

    @Override
    public void subscribe(CoreSubscriber<? super Lease> actual) {
        source.subscribe(new Handover(actual));
    }

    private static final class Handover implements CoreSubscriber<Lease>, Subscription {
        private final CoreSubscriber<? super Lease> actual;
        private volatile @Nullable Subscription upstream;
        private volatile @Nullable Lease lease;
        private volatile @Nullable Thread emitting;
        private volatile boolean cancelled;

        Handover(CoreSubscriber<? super Lease> actual) {
            this.actual = actual;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            actual.onSubscribe(this);
        }

        @Override
        public void onNext(Lease value) {
            emitting = Thread.currentThread();
            lease = value;
            try {
                if (cancelled) {
                    giveBack(value);
                } else {
                    actual.onNext(value);
                }
            } finally {
                emitting = null;
            }
        }

        @Override
        public void onError(Throwable error) {
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            actual.onComplete();
        }

        @Override
        public void request(long n) {
            Subscription subscription = upstream;
            if (subscription != null) {
                subscription.request(n);
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            Subscription subscription = upstream;
            if (subscription != null) {
                subscription.cancel();
            }
            Lease emitted = lease;
            if (emitted != null && emitting != Thread.currentThread()) {
                giveBack(emitted);
            }
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        private static void giveBack(Lease lease) {
            lease.release()
                    .subscribe(released -> {}, e -> LOG.warn("A lease that nobody received was not released", e));
        }
    }
}
