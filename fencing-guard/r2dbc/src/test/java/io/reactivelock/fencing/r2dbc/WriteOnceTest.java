package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class WriteOnceTest extends WriteOnceContract {
    private final R2dbcFencingGuard r2dbc = R2dbcFencingGuard.create(database.factory());

    WriteOnceTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void badArgumentsThrowAtOnce() {
        assertThatThrownBy(() -> r2dbc.writeOnce(resource, first, "", it -> Mono.empty()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> r2dbc.writeOnce(resource, first, "a".repeat(513), it -> Mono.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void withoutALeaseInTheContextThereIsNoToken() {
        StepVerifier.create(r2dbc.writeOnce("pay", it -> Mono.empty()))
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
    }
}
