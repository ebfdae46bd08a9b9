package io.reactivelock.fencing.r2dbc;

import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;

/** {@code timeout} for the waits of {@link ReplyTimeouts}: of all that stands between a statement and its reply the dearest. */
final class ReplyLimit<T> extends MonoOperator<T, T> {
    private final ReplyTimeouts timeouts;

    ReplyLimit(Mono<T> source, ReplyTimeouts timeouts) {
        super(source);
        this.timeouts = timeouts;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        source.subscribe(new Limited<>(actual, timeouts));
    }

    /** Whoever comes first, of the reply, the end of the wait and the cancel, ends it. */
    private static final class Limited<T> extends AtomicBoolean implements CoreSubscriber<T>, Subscription {
        private static final long serialVersionUID = 1L;

        private final transient CoreSubscriber<? super T> actual;
        private final transient ReplyTimeouts timeouts;
        private transient @Nullable Subscription source;
        private transient ReplyTimeouts.@Nullable Wait wait;

        Limited(CoreSubscriber<? super T> actual, ReplyTimeouts timeouts) {
            this.actual = actual;
            this.timeouts = timeouts;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            source = subscription;
            wait = timeouts.begin(this::over);
            actual.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            if (source != null) {
                source.request(n);
            }
        }

        @Override
        public void onNext(T value) {
            if (end()) {
                actual.onNext(value);
                actual.onComplete();
            }
        }

        @Override
        public void onError(Throwable error) {
            if (end()) {
                actual.onError(error);
            }
        }

        @Override
        public void onComplete() {
            if (end()) {
                actual.onComplete();
            }
        }

        @Override
        public void cancel() {
            if (end() && source != null) {
                source.cancel();
            }
        }

        private void over() {
            if (end()) {
                if (source != null) {
                    source.cancel();
                }
                actual.onError(new TimeoutException("no reply within " + timeouts.length()));
            }
        }

        private boolean end() {
            if (!compareAndSet(false, true)) {
                return false;
            }
            if (wait != null) {
                timeouts.answered(wait);
            }
            return true;
        }
    }
}
