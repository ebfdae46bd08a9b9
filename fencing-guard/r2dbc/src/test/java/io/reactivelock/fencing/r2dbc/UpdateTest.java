package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Statement;
import io.reactivelock.fencing.FencingException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class UpdateTest extends UpdateContract {
    private final R2dbcFencingGuard r2dbc = R2dbcFencingGuard.create(database.factory());

    UpdateTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void aParameterOfTheFenceIsNotTheUsersToBind() { // E5
        guard.advance(resource, first).block(PATIENCE);
        guard.advance("other" + resource, first).block(PATIENCE);
        String sql = "DELETE FROM log WHERE resource = $1";

        for (UnaryOperator<Statement> bind : List.<UnaryOperator<Statement>>of(
                it -> it.bind(0, resource).bind(1, "other" + resource),
                it -> it.bind("$1", resource).bind("$2", "other" + resource),
                it -> it.bind(0, resource).bindNull(2, Long.class),
                it -> it.bind(0, resource).bindNull("$4", String.class),
                it -> it.bind(-1, resource))) {
            StepVerifier.create(r2dbc.update(resource, first, sql, bind))
                    .expectErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(IndexOutOfBoundsException.class)
                            .hasMessageContaining("1 parameters"))
                    .verify(PATIENCE);
        }
        for (UnaryOperator<Statement> other : List.<UnaryOperator<Statement>>of(
                it -> it.bind(0, resource).add(), it -> it.bind(0, resource).returnGeneratedValues("op"), it -> {
                    it.bind(0, resource).execute();
                    return it;
                })) {
            StepVerifier.create(r2dbc.update(resource, first, sql, other))
                    .expectError(IllegalStateException.class)
                    .verify(PATIENCE);
        }
        assertThat(r2dbc.update(resource, first, sql, it -> it.fetchSize(1).bind("$1", resource))
                        .block(PATIENCE))
                .isZero();
    }

    @Test
    void aParameterThatWasNotBoundIsTheUsersError() {
        guard.advance(resource, first).block(PATIENCE);

        StepVerifier.create(guard.update(resource, first, "DELETE FROM log WHERE resource = $1 AND op = $2", resource))
                .expectErrorSatisfies(e -> assertThat(e).isNotInstanceOf(FencingException.class))
                .verify(PATIENCE);
    }
}
