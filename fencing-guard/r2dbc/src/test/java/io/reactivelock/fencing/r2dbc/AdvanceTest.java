package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.reactivelock.fencing.FencingGuardException.Kind;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class AdvanceTest extends AdvanceContract {
    AdvanceTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void isRefusedOnAConnectionWhoseTransactionWouldKeepItOpen() { // E2, E5
        R2dbcFencingGuard manual = R2dbcFencingGuard.create(withoutAutoCommit(database.factory()));

        StepVerifier.create(manual.advance(resource, first))
                .expectErrorSatisfies(e -> assertKind(e, Kind.PERMANENT))
                .verify(PATIENCE);
        assertThat(database.highest(resource)).isZero();
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
