package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.Database.resource;
import static io.reactivelock.fencing.r2dbc.Database.token;
import static io.reactivelock.fencing.r2dbc.GuardContract.assertKind;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.Connection;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.testservers.PostgresExtension;
import io.reactivelock.testservers.PostgresServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class StandbyTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final String resource = resource();
    private final FencingToken token = token(33);

    @Test
    void aHotStandbyAnswersNothing(@TempDir Path directory) throws Exception { // E18
        try (PostgresServer primary = PostgresServer.start()) {
            Database database = Database.create(primary);
            R2dbcFencingGuard.create(database.factory())
                    .advance(resource, token)
                    .block(PATIENCE);
            try (ServerCopy standby = ServerCopy.standby(primary, directory)) {
                Connection reading = standby.connect(database);
                assertThat(Database.query(reading, "SELECT pg_is_in_recovery()::int::bigint")
                                .blockLast(PATIENCE))
                        .isEqualTo(1);
                assertThat(Database.query(reading, "SELECT token FROM fencing_guard WHERE resource <> ''")
                                .blockLast(PATIENCE))
                        .isEqualTo(33);

                refusesAll(R2dbcFencingGuard.create(database.factory("127.0.0.1", standby.port())), reading);
            }
        }
    }

    /** Also of the holder of the highest token, who would pass on the primary. */
    private void refusesAll(R2dbcFencingGuard guard, Connection connection) {
        Flux.just(
                        guard.advance(resource, token),
                        Mono.from(connection.beginTransaction()).then(guard.check(connection, resource, token)),
                        guard.write(resource, token, it -> Mono.empty()),
                        guard.update(resource, token, "DELETE FROM log WHERE false", it -> it))
                .concatMap(call -> call.then(Mono.<Void>error(new AssertionError("passed")))
                        .onErrorResume(e -> {
                            assertKind(e, Kind.PERMANENT);
                            assertThat(e).hasMessageContaining("not the primary");
                            return Mono.empty();
                        }))
                .then()
                .block(PATIENCE);
        Database.close(connection);
    }
}
