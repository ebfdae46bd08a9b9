package io.reactivelock.redis;

import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** Sends an operation for every subscription, through the {@link Gatherer}. */
final class Request<T> extends Mono<T> {
    private final Gatherer gatherer;
    private final Operation<T> operation;

    private Request(Gatherer gatherer, Operation<T> operation) {
        this.gatherer = gatherer;
        this.operation = operation;
    }

    static <T> Mono<T> of(Gatherer gatherer, Operation<T> operation) {
        return onAssembly(new Request<>(gatherer, operation));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        actual.onSubscribe(new Member<>(gatherer, operation, actual));
    }

    /** One subscription, and so one member of one call. */
    static final class Member<T> implements Subscription {
        /** Where a member is that is on its way stands its call; else one of the others. */
        private static final Object NEW = "new";

        private static final Object WAITING = "waiting";
        private static final Object ENDED = "ended";

        final Operation<T> operation;
        private final Gatherer gatherer;
        private final CoreSubscriber<? super T> actual;
        private final AtomicReference<Object> state = new AtomicReference<>(NEW);

        Member(Gatherer gatherer, Operation<T> operation, CoreSubscriber<? super T> actual) {
            this.gatherer = gatherer;
            this.operation = operation;
            this.actual = actual;
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n) && state.compareAndSet(NEW, WAITING)) {
                gatherer.submit(this);
            }
        }

        @Override
        public void cancel() {
            if (state.getAndSet(ENDED) instanceof Call call) {
                call.leave();
            }
        }

        /** Returns false where the subscriber has cancelled: then the operation is not sent. */
        boolean enter(Call call) {
            while (true) {
                Object current = state.get();
                if (current == ENDED) {
                    return false;
                }
                if (state.compareAndSet(current, call)) {
                    return true;
                }
            }
        }

        /** Delivers the answer. What it meets must not keep the other members from theirs. */
        void answer(String reply, int from, int to) {
            T result;
            try {
                result = operation.read(reply, from, to);
            } catch (RuntimeException e) {
                fail(e);
                return;
            }
            if (end()) {
                try {
                    if (result != null) {
                        actual.onNext(result);
                    }
                    actual.onComplete();
                } catch (Throwable e) {
                    drop(e);
                }
            }
        }

        void fail(Throwable error) {
            if (end()) {
                try {
                    actual.onError(RedisErrors.map(operation.lockName, error));
                } catch (Throwable e) {
                    drop(e);
                }
            }
        }

        private boolean end() {
            return state.getAndSet(ENDED) != ENDED;
        }

        private void drop(Throwable error) {
            Exceptions.throwIfJvmFatal(error);
            Operators.onErrorDropped(error, actual.currentContext());
        }
    }
}
