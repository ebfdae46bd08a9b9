package io.reactivelock.internal;

import io.reactivelock.LeaseLoss;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Tells any number of subscribers how one lease ended: by a loss, or empty by a release. Each comes and goes in constant time, as those
 * of a leader's lease do, under which every request subscribes.
 */
final class LossSignal extends Mono<LeaseLoss> {
    /** Guarded by this, as the next two. Null while nobody has subscribed. */
    private @Nullable LinkedDeque<Listener> listeners;

    private boolean ended;
    private @Nullable LeaseLoss loss;

    @Override
    public void subscribe(CoreSubscriber<? super LeaseLoss> actual) {
        Listener listener = new Listener(this, actual);
        actual.onSubscribe(listener);
        if (!add(listener)) {
            listener.end(loss());
        }
    }

    private synchronized @Nullable LeaseLoss loss() {
        return loss;
    }

    private synchronized boolean add(Listener listener) {
        if (ended) {
            return false;
        }
        if (listeners == null) {
            listeners = new LinkedDeque<>();
        }
        if (!listener.isOver()) {
            listeners.add(listener);
        }
        return true;
    }

    private synchronized void remove(Listener listener) {
        if (listeners != null) {
            listeners.remove(listener);
        }
    }

    /** The lease was released. */
    void complete() {
        end(null);
    }

    /** The lease was lost. */
    void emit(LeaseLoss value) {
        end(value);
    }

    private void end(@Nullable LeaseLoss value) {
        LinkedDeque<Listener> all;
        synchronized (this) {
            ended = true;
            loss = value;
            all = listeners;
            listeners = null;
        }
        if (all != null) {
            all.copy().forEach(listener -> listener.end(value));
        }
    }

    private static final class Listener implements Subscription, LinkedDeque.Linked<Listener> {
        private static final int IDLE = 0;
        private static final int REQUESTED = 1;
        /** The loss waits to be requested. */
        private static final int LOST = 2;

        private static final int OVER = 3;
        private static final AtomicIntegerFieldUpdater<Listener> STATE =
                AtomicIntegerFieldUpdater.newUpdater(Listener.class, "state");

        private final LossSignal signal;
        private final CoreSubscriber<? super LeaseLoss> actual;
        private volatile int state = IDLE;
        private volatile @Nullable LeaseLoss loss;

        /** Guarded by the signal, as the next two. */
        private @Nullable Listener previous;

        private @Nullable Listener next;
        private boolean linked;

        Listener(LossSignal signal, CoreSubscriber<? super LeaseLoss> actual) {
            this.signal = signal;
            this.actual = actual;
        }

        boolean isOver() {
            return state == OVER;
        }

        void end(@Nullable LeaseLoss value) {
            if (value == null) {
                if (STATE.getAndSet(this, OVER) != OVER) {
                    tell(actual::onComplete);
                }
                return;
            }
            loss = value;
            if (!STATE.compareAndSet(this, IDLE, LOST) && STATE.compareAndSet(this, REQUESTED, OVER)) {
                tell(value);
            }
        }

        @Override
        public void request(long n) {
            if (!Operators.validate(n) || STATE.compareAndSet(this, IDLE, REQUESTED)) {
                return;
            }
            LeaseLoss value = loss;
            if (value != null && STATE.compareAndSet(this, LOST, OVER)) {
                tell(value);
            }
        }

        @Override
        public void cancel() {
            if (STATE.getAndSet(this, OVER) != OVER) {
                signal.remove(this);
            }
        }

        private void tell(LeaseLoss value) {
            tell(() -> {
                actual.onNext(value);
                actual.onComplete();
            });
        }

        private static void tell(Runnable end) {
            ForeignCode.run("a subscriber, as it was told of a loss", end);
        }

        @Override
        public @Nullable Listener previous() {
            return previous;
        }

        @Override
        public void previous(@Nullable Listener element) {
            previous = element;
        }

        @Override
        public @Nullable Listener next() {
            return next;
        }

        @Override
        public void next(@Nullable Listener element) {
            next = element;
        }

        @Override
        public boolean isLinked() {
            return linked;
        }

        @Override
        public void linked(boolean value) {
            linked = value;
        }
    }
}
