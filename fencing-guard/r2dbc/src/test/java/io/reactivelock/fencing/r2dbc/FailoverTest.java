package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.Database.resource;
import static io.reactivelock.fencing.r2dbc.Database.token;
import static io.reactivelock.fencing.r2dbc.GuardContract.assertKind;

import io.r2dbc.spi.Connection;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The fence after the server that kept it is gone: on the standby that took over, and on a restored backup. */
@Tag("long")
class FailoverTest {
    private final String resource = resource();
    private final FencingToken first = token(33);
    private final FencingToken second = token(34);
    // by the role, for a server that is told later by its configuration may let a commit pass before all its processes
    // know
    private final PostgresServer primary =
            PostgresServer.start(Map.of("synchronous_standby_names", "standby", "synchronous_commit", "local"));
    private final TcpProxy proxy = TcpProxy.to(primary.host(), primary.port());
    private final Database database = Database.create(primary);
    private final R2dbcFencingGuard guard = R2dbcFencingGuard.create(
            database.factory(),
            FencingGuardOptions.defaults().lockTimeout(Duration.ofMillis(100)).replyTimeout(Duration.ofSeconds(2)));

    @TempDir
    Path directory;

    @BeforeEach
    void advance() {
        guard.advance(resource, first).block(PATIENCE);
    }

    @AfterEach
    void stop() {
        proxy.close();
        primary.close();
    }

    @Test
    void aSynchronousStandbyThatTookOverKeepsTheFence() throws Exception { // E11
        try (ServerCopy standby = following()) {
            synchronous();
            guard.advance(resource, second).block(PATIENCE);
            // what is not confirmed is told so
            proxy.swallowReplies();
            StepVerifier.create(guard.advance(resource, token(35)))
                    .expectErrorSatisfies(e -> assertKind(e, Kind.UNKNOWN))
                    .verify(PATIENCE);

            R2dbcFencingGuard after = failOverTo(standby);

            StepVerifier.create(after.write(resource, first, this::insert))
                    .expectError(StaleTokenException.class)
                    .verify(PATIENCE);
            StepVerifier.create(after.advance(resource, first))
                    .expectError(StaleTokenException.class)
                    .verify(PATIENCE);
            after.write(resource, second, this::insert).block(PATIENCE);
        }
    }

    @Test
    void anAsynchronousStandbyMayLoseIt() throws Exception { // E11: the control, and what the documentation warns of
        try (ServerCopy standby = following()) {
            proxy.swallowReplies();
            guard.advance(resource, second).block(PATIENCE);

            R2dbcFencingGuard after = failOverTo(standby);

            after.write(resource, first, this::insert).block(PATIENCE);
        }
    }

    @Test
    void aRestoredBackupRefusesOldTokensOnceItsFenceIsRaised() throws Exception { // E12
        String unknown = resource();
        try (ServerCopy restored = ServerCopy.restored(primary, directory)) {
            // what the world saw after the backup
            guard.advance(resource, second).then(guard.advance(unknown, second)).block(PATIENCE);
            Connection admin = restored.connect(database);
            R2dbcFencingGuard after = guardOf(restored);
            // the control: whoever was fenced off passes again
            after.write(resource, first, this::insert).block(PATIENCE);

            Database.run(admin, "SELECT fencing_guard_raise(1000)").block(PATIENCE);

            StepVerifier.create(after.write(resource, first, this::insert))
                    .expectError(StaleTokenException.class)
                    .verify(PATIENCE);
            StepVerifier.create(after.advance(unknown, first))
                    .expectError(StaleTokenException.class)
                    .verify(PATIENCE);
            after.advance(unknown, token(1001)).block(PATIENCE);
            Database.close(admin);
        }
    }

    private ServerCopy following() throws Exception {
        ServerCopy standby = ServerCopy.following(primary, proxy.host(), proxy.port(), directory);
        database.await("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", 1);
        return standby;
    }

    private void synchronous() {
        database.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = 'on'");
        database.await("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", 1);
    }

    /** Cut off from each other, so that what has not come yet never will. */
    private R2dbcFencingGuard failOverTo(ServerCopy standby) {
        proxy.close();
        standby.promote(database);
        return guardOf(standby);
    }

    private R2dbcFencingGuard guardOf(ServerCopy server) {
        return R2dbcFencingGuard.create(database.factory("127.0.0.1", server.port()));
    }

    private Mono<Void> insert(Connection connection) {
        return Database.run(connection, "INSERT INTO log (resource) VALUES ('" + resource + "')");
    }
}
