package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.reactivelock.fencing.StaleTokenException;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class AdvanceTest extends AdvanceContract {
    AdvanceTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void isCommittedOnAConnectionThatIsNotInAutoCommit() { // E2
        R2dbcFencingGuard manual = R2dbcFencingGuard.create(withoutAutoCommit(database.factory()));

        manual.advance(resource, first).block(PATIENCE);
        assertThat(database.highest(resource)).isEqualTo(33);
        StepVerifier.create(manual.advance(resource, Database.token(32)))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
    }

    private static ConnectionFactory withoutAutoCommit(ConnectionFactory factory) {
        return new ConnectionFactory() {
            @Override
            public Publisher<? extends Connection> create() {
                return Mono.from(factory.create()).delayUntil(connection -> connection.setAutoCommit(false));
            }

            @Override
            public ConnectionFactoryMetadata getMetadata() {
                return factory.getMetadata();
            }
        };
    }
}
