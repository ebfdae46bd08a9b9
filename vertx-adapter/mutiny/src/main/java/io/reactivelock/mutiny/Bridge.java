package io.reactivelock.mutiny;

import io.smallrye.mutiny.Context;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.operators.AbstractUni;
import io.smallrye.mutiny.subscription.MultiSubscriberAdapter;
import io.smallrye.mutiny.subscription.UniSubscriber;
import io.smallrye.mutiny.subscription.UniSubscription;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.reactivestreams.Subscription;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** Reactor's types as Mutiny's, and back. Signals, demand, cancels and the entries of the context pass through, in both directions. */
final class Bridge {
    private Bridge() {}

    static <T> Uni<T> uni(Mono<T> mono) {
        return Infrastructure.onUniCreation(new MonoUni<>(mono));
    }

    static <T> Multi<T> multi(Flux<T> flux) {
        return Multi.createFrom()
                .context(context -> Multi.createFrom()
                        .safePublisher(JdkFlowAdapter.publisherToFlowPublisher(
                                flux.contextWrite(outer -> outer.putAll(reactorContext(context))))));
    }

    /** Not by way of {@code toMulti()}, which misses a cancel that comes while it subscribes. */
    static <T> Mono<T> mono(Uni<? extends T> uni) {
        return Mono.create(sink -> uni.subscribe().withSubscriber(new UniSubscriber<T>() {
            @Override
            public Context context() {
                return mutinyContext(sink.contextView());
            }

            @Override
            public void onSubscribe(UniSubscription subscription) {
                sink.onCancel(subscription::cancel);
            }

            @Override
            public void onItem(T item) {
                sink.success(item);
            }

            @Override
            public void onFailure(Throwable failure) {
                sink.error(failure);
            }
        }));
    }

    static <T> Flux<T> flux(Multi<? extends T> multi) {
        return Flux.deferContextual(view -> JdkFlowAdapter.flowPublisherToFlux(
                subscriber -> multi.subscribe().withSubscriber(new MultiSubscriberAdapter<T>(subscriber) {
                    @Override
                    public Context context() {
                        return mutinyContext(view);
                    }
                })));
    }

    static ContextView reactorContext(Context context) {
        return reactor.util.context.Context.of(
                context.keys().stream().collect(Collectors.toMap(Function.identity(), context::get)));
    }

    /** A copy, since a Mutiny context is mutable: what the work puts there is not seen around it, and so neither is its lease. */
    private static Context mutinyContext(ContextView view) {
        return Context.from(
                view.stream().collect(Collectors.toMap(entry -> entry.getKey(), entry -> entry.getValue())));
    }

    /** Unlike {@code Uni.createFrom().publisher}, this passes on the context, and each cancel as it comes. */
    private static final class MonoUni<T> extends AbstractUni<T> {
        private final Mono<T> mono;

        MonoUni(Mono<T> mono) {
            this.mono = mono;
        }

        @Override
        public void subscribe(UniSubscriber<? super T> subscriber) {
            mono.subscribe(new Signals<>(subscriber));
        }
    }

    private static final class Signals<T> implements CoreSubscriber<T> {
        private final UniSubscriber<? super T> downstream;
        private boolean emitted;

        Signals(UniSubscriber<? super T> downstream) {
            this.downstream = downstream;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            downstream.onSubscribe(subscription::cancel);
            subscription.request(1);
        }

        @Override
        public void onNext(T item) {
            emitted = true;
            downstream.onItem(item);
        }

        @Override
        public void onError(Throwable failure) {
            downstream.onFailure(failure);
        }

        @Override
        public void onComplete() {
            if (!emitted) {
                downstream.onItem(null);
            }
        }

        @Override
        public reactor.util.context.Context currentContext() {
            return reactor.util.context.Context.of(reactorContext(downstream.context()));
        }
    }
}
