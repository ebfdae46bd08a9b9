package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.fencing.FencingException;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class UpdateTest extends UpdateContract {
    UpdateTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void aParameterThatWasNotBoundIsTheUsersError() {
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(guard.update(resource, first, "DELETE FROM log WHERE resource = $1 AND op = $2", resource))
                .expectErrorSatisfies(e -> assertThat(e).isNotInstanceOf(FencingException.class))
                .verify(PATIENCE);
    }
}
