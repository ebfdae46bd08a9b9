package io.reactivelock.spring.locked;

import static io.reactivelock.spring.locked.LockedContexts.PATIENCE;
import static io.reactivelock.spring.locked.LockedContexts.withLocks;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.spring.Locked;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockOperation;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

@DisplayName("@Locked on other reactive types")
class LockedReactiveTypesTest {
    static class Others {
        private final Supplier<Boolean> held;

        Others(InMemoryLockBackend backend) {
            held = () -> backend.heldBy("others").isPresent();
        }

        @Locked("others")
        public Single<Boolean> single() {
            return Single.fromCallable(held::get);
        }

        @Locked("others")
        public Maybe<Boolean> maybe() {
            return Maybe.fromCallable(held::get);
        }

        @Locked("others")
        public Completable completable() {
            return held.get() ? Completable.complete() : Completable.error(new IllegalStateException("not held"));
        }

        @Locked("others")
        public Flowable<Boolean> flowable() {
            return Flowable.fromCallable(held::get);
        }

        @Locked("others")
        public Observable<Boolean> observable() {
            return Observable.fromCallable(held::get);
        }

        @Locked("others")
        public Uni<Boolean> uni() {
            return Uni.createFrom().item(held);
        }

        @Locked("others")
        public Multi<Boolean> multi() {
            return Multi.createFrom().item(held);
        }

        @Locked("others")
        public Publisher<Boolean> publisher() {
            return Flux.defer(() -> Flux.just(held.get()));
        }

        @Locked("others")
        public Flow.Publisher<Boolean> flow() {
            return JdkFlowAdapter.publisherToFlowPublisher(Flux.defer(() -> Flux.just(held.get())));
        }
    }

    @Test
    @DisplayName("holds the lock while they are subscribed to")
    void all() {
        withLocks().withBean(Others.class).run(context -> {
            InMemoryLockBackend backend = context.getBean(InMemoryLockBackend.class);
            Others others = context.getBean(Others.class);
            Map<String, Supplier<Object>> calls = new TreeMap<>();
            calls.put("Single", others::single);
            calls.put("Maybe", others::maybe);
            calls.put("Completable", others::completable);
            calls.put("Flowable", others::flowable);
            calls.put("Observable", others::observable);
            calls.put("Uni", others::uni);
            calls.put("Multi", others::multi);
            calls.put("Publisher", others::publisher);
            calls.put("Flow.Publisher", others::flow);

            int released = 0;
            for (Map.Entry<String, Supplier<Object>> call : calls.entrySet()) {
                Object result = call.getValue().get();
                assertThat(backend.heldBy("others")).as(call.getKey()).isEmpty();

                List<Object> values = Flux.from(Objects.requireNonNull(ReactiveAdapterRegistry.getSharedInstance()
                                        .getAdapter(result.getClass()))
                                .toPublisher(result))
                        .collectList()
                        .block(PATIENCE);

                released++;
                backend.whenCalled(LockOperation.RELEASE, released).block(PATIENCE);
                assertThat(values)
                        .as(call.getKey())
                        .isEqualTo(call.getKey().equals("Completable") ? List.of() : List.of(true));
                assertThat(backend.heldBy("others")).as(call.getKey()).isEmpty();
            }
        });
    }
}
