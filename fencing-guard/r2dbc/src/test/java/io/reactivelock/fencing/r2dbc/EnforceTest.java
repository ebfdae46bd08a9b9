package io.reactivelock.fencing.r2dbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EnforceTest extends EnforceContract {
    private final R2dbcFencingGuard r2dbc = R2dbcFencingGuard.create(database.factory());

    EnforceTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void badArgumentsThrowAtOnce() {
        assertThatThrownBy(() -> r2dbc.enforce("", "sku")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> r2dbc.enforce("stock", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> r2dbc.lift("a\0b")).isInstanceOf(IllegalArgumentException.class);
    }
}
