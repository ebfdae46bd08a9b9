package io.reactivelock.fencing.r2dbc;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.postgresql.FenceErrors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * One use of a connection: asked for, granted, used, given back; then the result is told.
 *
 * <p>{@code Mono.usingWhen} loses a connection when a cancel crosses the grant, and so does every operator that may drop a value. So
 * none of these subscriptions is ever cancelled. Before the grant, the first of grant, failure, time-out and cancel ends the wait,
 * and a grant that comes after that goes back at once. In the use, a cancel is a signal to it, at which it stops where that is safe.
 */
final class ConnectionUse<T> implements Subscription {
    private final String what;
    private final FencingGuardOptions options;
    private final ReplyTimeouts timeouts;
    private final Function<BorrowedConnection, Mono<T>> body;
    private final CoreSubscriber<? super T> actual;
    private final Sinks.Empty<Void> cancel = Sinks.empty();
    private final AtomicBoolean waited = new AtomicBoolean();
    private volatile ReplyTimeouts.@Nullable Wait wait;
    private volatile boolean cancelled;

    private ConnectionUse(
            String what,
            FencingGuardOptions options,
            ReplyTimeouts timeouts,
            Function<BorrowedConnection, Mono<T>> body,
            CoreSubscriber<? super T> actual) {
        this.what = what;
        this.options = options;
        this.timeouts = timeouts;
        this.body = body;
        this.actual = actual;
    }

    static <T> Mono<T> of(
            String what,
            ConnectionFactory factory,
            FencingGuardOptions options,
            ReplyTimeouts timeouts,
            Function<BorrowedConnection, Mono<T>> body) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                ConnectionUse<T> use = new ConnectionUse<>(what, options, timeouts, body, actual);
                actual.onSubscribe(use);
                use.ask(factory);
            }
        };
    }

    private void ask(ConnectionFactory factory) {
        wait = timeouts.begin(this::tooLate);
        if (waited.get()) {
            endWait();
            return;
        }
        Mono.<Connection>defer(() -> Mono.from(factory.create())).subscribe(new Grant());
    }

    /** A Mono has one value, wanted or not. */
    @Override
    public void request(long n) {}

    @Override
    public void cancel() {
        cancelled = true;
        if (!endsWait()) {
            cancel.tryEmitError(new Cancelled());
        }
    }

    private void tooLate() {
        if (endsWait()) {
            actual.onError(FenceErrors.noConnection(what, options));
        }
    }

    private boolean endsWait() {
        if (!waited.compareAndSet(false, true)) {
            return false;
        }
        endWait();
        return true;
    }

    private void endWait() {
        ReplyTimeouts.Wait begun = wait;
        if (begun != null) {
            timeouts.answered(begun);
        }
    }

    private void granted(Connection connection) {
        BorrowedConnection borrowed = new BorrowedConnection(connection, cancel.asMono(), timeouts);
        if (endsWait()) {
            Mono.defer(() -> body.apply(borrowed)).subscribe(new Use(borrowed));
        } else {
            borrowed.giveBack().subscribe(new Return(() -> {}));
        }
    }

    private void ended(@Nullable T value, @Nullable Throwable error) {
        if (cancelled) {
            if (error != null && !(error instanceof Cancelled)) {
                Operators.onErrorDropped(error, actual.currentContext());
            }
        } else if (error != null) {
            actual.onError(error);
        } else {
            if (value != null) {
                actual.onNext(value);
            }
            actual.onComplete();
        }
    }

    /** A subscription that nobody cancels. */
    private abstract class Step<V> extends BaseSubscriber<V> {
        @Override
        public Context currentContext() {
            return actual.currentContext();
        }
    }

    private final class Grant extends Step<Connection> {
        private boolean granted;

        @Override
        protected void hookOnNext(Connection connection) {
            granted = true;
            granted(connection);
        }

        @Override
        protected void hookOnComplete() {
            if (!granted) {
                hookOnError(new IllegalStateException("the factory gave no connection"));
            }
        }

        @Override
        protected void hookOnError(Throwable error) {
            if (endsWait()) {
                actual.onError(R2dbcErrors.ERRORS.ofConnecting(what, error));
            }
        }
    }

    private final class Use extends Step<T> {
        private final BorrowedConnection borrowed;
        private @Nullable T value;
        private @Nullable Throwable error;

        Use(BorrowedConnection borrowed) {
            this.borrowed = borrowed;
        }

        @Override
        protected void hookOnNext(T emitted) {
            value = emitted;
        }

        @Override
        protected void hookOnError(Throwable thrown) {
            error = thrown;
        }

        @Override
        protected void hookFinally(SignalType type) {
            borrowed.giveBack().subscribe(new Return(() -> ended(value, error)));
        }
    }

    private final class Return extends Step<Void> {
        private final Runnable then;

        Return(Runnable then) {
            this.then = then;
        }

        @Override
        protected void hookOnError(Throwable error) {
            Operators.onErrorDropped(error, actual.currentContext());
        }

        @Override
        protected void hookFinally(SignalType type) {
            then.run();
        }
    }

    /** The borrower's subscription was cancelled. Nobody sees this. */
    private static final class Cancelled extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Cancelled() {
            super("cancelled", null, false, false);
        }
    }
}
