package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import org.junit.jupiter.api.Test;
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

    private Mono<Void> run(Connection connection, int op) {
        return Database.run(
                connection, "INSERT INTO log (resource, token, op) VALUES ('" + resource + "', 33, 'op" + op + "')");
    }

    private long number() {
        return database.number("SELECT count(*) FROM log WHERE resource = '" + resource + "'");
    }
}
