package io.reactivelock.redis;

import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Sends one command per subscription, through the {@link CommandBatcher}. */
final class Request<T> extends Mono<T> {
    private static final Logger LOG = Loggers.getLogger(Request.class);

    private final CommandBatcher batcher;
    private final Operation<T> operation;

    private Request(CommandBatcher batcher, Operation<T> operation) {
        this.batcher = batcher;
        this.operation = operation;
    }

    static <T> Mono<T> of(CommandBatcher batcher, Operation<T> operation) {
        return onAssembly(new Request<>(batcher, operation));
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        actual.onSubscribe(new PendingCommand<>(batcher, operation, actual));
    }

    /** The command of one subscription. It belongs to at most one script call at a time. */
    static final class PendingCommand<T> implements Subscription {
        /** The state of a command that is in no call; that of any other is its call. */
        private static final Object NEW = "new";

        private static final Object WAITING = "waiting";
        private static final Object ENDED = "ended";

        final Operation<T> operation;
        private final CommandBatcher batcher;
        private final CoreSubscriber<? super T> actual;
        private final AtomicReference<Object> state = new AtomicReference<>(NEW);

        PendingCommand(CommandBatcher batcher, Operation<T> operation, CoreSubscriber<? super T> actual) {
            this.batcher = batcher;
            this.operation = operation;
            this.actual = actual;
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n) && state.compareAndSet(NEW, WAITING)) {
                batcher.submit(this);
            }
        }

        @Override
        public void cancel() {
            if (state.getAndSet(ENDED) instanceof ScriptCall call) {
                call.leave();
            }
        }

        /** Returns false if the subscriber has cancelled; then the command is not sent. */
        boolean enter(ScriptCall call) {
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

        /** Delivers the answer. A subscriber that throws does not keep the other commands of the call from their answers. */
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

        /** An Error, too: the other commands of the call are no business of this one's subscriber. */
        private void drop(Throwable error) {
            LOG.error("A subscriber failed as it was told of the lock '" + operation.lockName + "'", error);
        }
    }
}
