package io.reactivelock.redis;

import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulConnection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A connection that is opened when it is first needed: one attempt at a time, shared by all who wait for it, kept on success and
 * made anew after a failure. A waiter that cancels leaves the attempt to the others.
 */
final class LazyConnection<C extends StatefulConnection<String, String>> {
    private final Supplier<? extends CompletionStage<? extends C>> open;
    private final Function<C, CompletableFuture<Void>> close;
    private final CompletableFuture<C> closed = CompletableFuture.failedFuture(new RedisException(RedisErrors.CLOSED));
    private final AtomicReference<@Nullable CompletableFuture<C>> current = new AtomicReference<>();

    private LazyConnection(
            Supplier<? extends CompletionStage<? extends C>> open, Function<C, CompletableFuture<Void>> close) {
        this.open = open;
        this.close = close;
    }

    /** The same, where the connection is also given to the action when it is open. */
    LazyConnection<C> whenOpened(Consumer<? super C> action) {
        return new LazyConnection<>(
                () -> open.get().thenApply(connection -> {
                    action.accept(connection);
                    return connection;
                }),
                close);
    }

    /** The same, opened only once an attempt to open the other one has ended, be it in vain. */
    LazyConnection<C> after(LazyConnection<?> other) {
        return new LazyConnection<>(
                () -> other.future()
                        .handle((opened, error) -> true)
                        .thenCompose(ended -> open.get().<C>thenApply(connection -> connection)),
                close);
    }

    /** A connection of our own, closed by us. */
    static <C extends StatefulConnection<String, String>> LazyConnection<C> opened(
            Supplier<? extends CompletionStage<? extends C>> open) {
        return new LazyConnection<>(open, StatefulConnection::closeAsync);
    }

    /** The user's connection, closed by the user. */
    static <C extends StatefulConnection<String, String>> LazyConnection<C> given(C connection) {
        return new LazyConnection<>(
                () -> CompletableFuture.completedFuture(connection), c -> CompletableFuture.completedFuture(null));
    }

    Mono<C> get() {
        return Mono.fromFuture(this::future, true);
    }

    /** Returns the connection if it is open already, else null. */
    @Nullable
    C opened() {
        CompletableFuture<C> known = current.get();
        return known == null || !known.isDone() || known.isCompletedExceptionally() ? null : known.getNow(null);
    }

    private CompletableFuture<C> future() {
        while (true) {
            CompletableFuture<C> known = current.get();
            if (known == closed || (known != null && !known.isCompletedExceptionally())) {
                return known;
            }
            CompletableFuture<C> attempt = new CompletableFuture<>();
            if (current.compareAndSet(known, attempt)) {
                start(attempt);
                return attempt;
            }
        }
    }

    private void start(CompletableFuture<C> attempt) {
        CompletionStage<? extends C> opening;
        try {
            opening = open.get();
        } catch (Throwable e) { // an Error as well, for others wait for this attempt
            attempt.completeExceptionally(RedisConnectionException.create(e));
            return;
        }
        opening.whenComplete((connection, error) -> {
            if (error != null) {
                attempt.completeExceptionally(RedisConnectionException.create(error));
            } else {
                attempt.complete(connection);
            }
        });
    }

    /** Closes the connection, also one that is still being opened; later uses fail. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            CompletableFuture<C> last = current.getAndSet(closed);
            if (last == null || last == closed) {
                return Mono.empty();
            }
            return Mono.fromFuture(last, true)
                    // an attempt that failed left nothing to close, and has told those who waited for it
                    .onErrorComplete()
                    .flatMap(connection -> Mono.fromFuture(close.apply(connection)));
        });
    }
}
