package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.context.Context;

class WriteTest extends WriteContract {
    private final R2dbcFencingGuard r2dbc = R2dbcFencingGuard.create(database.factory());

    WriteTest() {
        super(R2dbcSubject::open);
    }

    @Test
    void workWithManyValuesRunsToItsEnd() {
        r2dbc.advance(resource, first).block(PATIENCE);

        Integer value = r2dbc.write(
                        resource,
                        first,
                        connection -> Flux.range(1, 3)
                                .concatMap(i -> run(connection, i).thenReturn(i)))
                .block(PATIENCE);

        assertThat(value).isEqualTo(1);
        assertThat(number()).isEqualTo(3);
    }

    @Test
    void theWorkSeesTheSubscribersContext() {
        r2dbc.advance(resource, first).block(PATIENCE);

        String value = r2dbc.<String>write(
                        resource, first, connection -> Mono.deferContextual(context -> Mono.just(context.get("key"))))
                .contextWrite(Context.of("key", "value"))
                .block(PATIENCE);

        assertThat(value).isEqualTo("value");
    }

    @Test
    void takesNoLeaseFromAnEmptyContext() {
        StepVerifier.create(r2dbc.write(connection -> Mono.empty()))
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
        StepVerifier.create(r2dbc.advance())
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
        StepVerifier.create(r2dbc.update("DELETE FROM log WHERE false", it -> it))
                .expectError(IllegalStateException.class)
                .verify(PATIENCE);
    }

    @ParameterizedTest
    @EnumSource
    void aCallInsideAWriteToTheSameResourceIsRefusedAtOnce(Nested nested) { // E21
        r2dbc.advance(resource, first).block(PATIENCE);

        for (Nested outer : List.of(Nested.WRITE, Nested.WRITE_ONCE)) {
            StepVerifier.create(outer.call(r2dbc, resource, first, nested.call(r2dbc, resource, first, Mono.just(1L))))
                    .expectErrorSatisfies(e -> {
                        assertKind(e, Kind.PERMANENT);
                        assertThat(e).hasMessageContaining(resource).hasMessageContaining("would wait for itself");
                    })
                    .verify(PATIENCE);
        }
        nested.call(r2dbc, resource, first, Mono.just(1L)).block(PATIENCE);
    }

    @ParameterizedTest
    @EnumSource
    void aCallInsideAWriteToAnotherResourceOrDatabaseIsNot(Nested nested) { // E21
        String other = Database.resource();
        R2dbcFencingGuard elsewhere =
                R2dbcFencingGuard.create(Database.create(POSTGRES.server()).factory());
        r2dbc.advance(resource, first).then(r2dbc.advance(other, first)).block(PATIENCE);
        elsewhere.advance(resource, first).block(PATIENCE);

        r2dbc.write(
                        resource,
                        first,
                        connection -> nested.call(r2dbc, other, first, Mono.just(1L))
                                .then(nested.call(elsewhere, resource, first, Mono.just(1L))))
                .then(nested.call(r2dbc, resource, first, Mono.just(1L)))
                .block(PATIENCE);
    }

    /** What waits for the fence on a connection of its own. */
    enum Nested {
        WRITE,
        WRITE_ONCE,
        UPDATE,
        ADVANCE;

        Mono<?> call(R2dbcFencingGuard guard, String resource, FencingToken token, Mono<?> work) {
            return switch (this) {
                case WRITE -> guard.write(resource, token, connection -> work);
                case WRITE_ONCE ->
                    guard.writeOnce(resource, token, UUID.randomUUID().toString(), connection -> work);
                case UPDATE -> guard.update(resource, token, "DELETE FROM log WHERE false", it -> it);
                case ADVANCE -> guard.advance(resource, token);
            };
        }
    }

    private Mono<Void> run(Connection connection, int op) {
        return Database.run(
                connection, "INSERT INTO log (resource, token, op) VALUES ('" + resource + "', 33, 'op" + op + "')");
    }

    private long number() {
        return database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'");
    }
}
