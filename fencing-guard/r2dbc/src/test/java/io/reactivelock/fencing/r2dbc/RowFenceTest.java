package io.reactivelock.fencing.r2dbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.fencing.postgresql.RowFence;
import org.junit.jupiter.api.Test;

class RowFenceTest extends RowFenceContract {
    RowFenceTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void badNamesThrowAtOnce() {
        assertThatThrownBy(() -> RowFence.of("", "sku", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RowFence.of("stock", "", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RowFence.of("stock", "a\0b", "")).isInstanceOf(IllegalArgumentException.class);
    }
}
