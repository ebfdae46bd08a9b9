package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.internal.AcquireRaces.Asked;
import io.reactivelock.internal.LocalQueueRaces.Scene;
import io.reactivelock.internal.RenewalRaces.Due;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The steps of the races one after the other, for jcstress does not ask whether an outcome is ever seen. */
class OrdersTest {
    private static <S> List<String> orders(
            Supplier<S> scene, Consumer<S> one, Consumer<S> other, Function<S, String> outcome) {
        S first = scene.get();
        one.andThen(other).accept(first);
        S second = scene.get();
        other.andThen(one).accept(second);
        return List.of(outcome.apply(first), outcome.apply(second));
    }

    @Test
    @DisplayName("A1, A3, C7: whichever comes first ends an acquire")
    void acquires() {
        assertThat(orders(Asked::new, Asked::grant, Asked::cancel, Asked::outcome))
                .containsExactly("caller has it, lock held", "caller waits, lock free");
        assertThat(orders(Asked::new, Asked::grant, Asked::deadline, Asked::outcome))
                .containsExactly("caller has it, lock held", "caller got LockBackendException, lock free");
        assertThat(orders(Asked::new, Asked::grant, Asked::dispose, Asked::outcome))
                .containsExactly("caller had it, lock free", "caller got LockClientDisposedException, lock free");
    }

    @Test
    @DisplayName("B2, F5, F10: what comes before a release decides to whom it hands the lock on")
    void handOffs() {
        assertThat(orders(() -> new Scene(0), Scene::release, it -> it.second.acquire(), Scene::outcome))
                .containsExactly(
                        "second waits, third waits, lock free and asked for", "second has it, third waits, lock held");
        assertThat(orders(() -> new Scene(2), Scene::release, it -> it.second.cancel(), Scene::outcome))
                .containsExactly("second has it, third waits, lock held", "second waits, third has it, lock held");
        assertThat(orders(() -> new Scene(1), Scene::release, Scene::taken, Scene::outcome))
                .containsExactly(
                        "second had it, third waits, lock free", "second waits, third waits, lock free and asked for");
        assertThat(orders(() -> new Scene(1), Scene::release, Scene::timePasses, Scene::outcome))
                .containsExactly(
                        "second had it, third waits, lock free", "second waits, third waits, lock free and asked for");
    }

    @Test
    @DisplayName("B5: a round renews what is held, and nothing that has ended")
    void renewals() {
        assertThat(orders(Due::new, Due::round, Due::release, Due::outcome))
                .containsExactly("renew, then release", "release");
        assertThat(orders(Due::new, Due::round, Due::timePasses, Due::outcome))
                .containsExactly("renew, then release", "release");
    }
}
