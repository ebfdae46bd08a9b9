package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.Connection;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class CheckTest extends CheckContract {
    private final R2dbcFencingGuard r2dbc = R2dbcFencingGuard.create(database.factory());

    CheckTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void badArgumentsThrowAtOnce() {
        Connection connection = database.connect();
        assertThatThrownBy(() -> r2dbc.check(connection, "", first)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> r2dbc.check(connection, "a\0b", first)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> r2dbc.check(connection, Map.of())).isInstanceOf(IllegalArgumentException.class);
        Database.close(connection);
    }

    @Test
    void withoutALeaseInTheContextThereIsNoToken() {
        Connection open = database.begin("READ COMMITTED");
        StepVerifier.create(r2dbc.check(open))
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
        Database.close(open);
    }
}
