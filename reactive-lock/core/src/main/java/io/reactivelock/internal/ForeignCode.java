package io.reactivelock.internal;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;

/**
 * The one boundary around code that is not the engine's: subscribers, the user's work, the backend's driver, schedulers, observers.
 * Whatever it throws ends here, an {@code Error} as well, for Reactor lets those through every operator: what is to be done for one
 * lock must not keep the locks of all others from being served. Whether an {@code OutOfMemoryError} ends the process is for the JVM's
 * options to say. (G8)
 */
final class ForeignCode {
    private static final Logger LOG = Loggers.getLogger(ForeignCode.class);

    private ForeignCode() {}

    /** Calls it, and logs what it throws. */
    static void run(String what, Runnable call) {
        Throwable thrown = thrownBy(call);
        if (thrown != null) {
            log(what, thrown);
        }
    }

    /** Calls it, and returns what it throws. */
    @SuppressWarnings("CatchingUnchecked") // all of it, on purpose
    static @Nullable Throwable thrownBy(Runnable call) {
        try {
            call.run();
            return null;
        } catch (Throwable thrown) {
            return thrown;
        }
    }

    static void log(String what, Throwable thrown) {
        LOG.error("Foreign code failed: " + what, thrown);
    }

    /** What the call returns, or an error with what it throws, at once or when its result is subscribed to. */
    static <T> Mono<T> mono(Supplier<? extends Publisher<? extends T>> call) {
        return new Mono<T>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                Throwable thrown = thrownBy(() -> call.get().subscribe(actual));
                if (thrown != null) {
                    Operators.error(actual, thrown);
                }
            }
        };
    }

    /** The same for many values. */
    static <T> Flux<T> flux(Supplier<? extends Publisher<? extends T>> call) {
        return new Flux<T>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                Throwable thrown = thrownBy(() -> call.get().subscribe(actual));
                if (thrown != null) {
                    Operators.error(actual, thrown);
                }
            }
        };
    }

    /** Signals of the engine to subscribers whom it does not know: one that throws does not keep the others from being told. */
    static <T> Mono<T> told(Mono<T> signal, String what) {
        return new Mono<T>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                signal.subscribe(new Told<>(actual, what));
            }
        };
    }

    private record Told<T>(CoreSubscriber<? super T> actual, String what) implements CoreSubscriber<T> {
        @Override
        public void onSubscribe(Subscription subscription) {
            actual.onSubscribe(subscription);
        }

        @Override
        public void onNext(T value) {
            run(what, () -> actual.onNext(value));
        }

        @Override
        public void onError(Throwable error) {
            run(what, () -> actual.onError(error));
        }

        @Override
        public void onComplete() {
            run(what, actual::onComplete);
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }
    }
}
