package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testservers.PostgresExtension;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * A session whose search_path has the schema of an attacker, and that before PostgreSQL's own. Nothing but the guard is called in it.
 *
 * @see <a href="https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058">A Guide to CVE-2018-1058</a>
 */
class HostileSessionTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final Database database = Database.empty(POSTGRES.server());
    private final String hostile = database.schema() + "_hostile";
    private final FencingToken first = Database.token(33);
    private final FencingToken second = Database.token(34);
    private final R2dbcFencingGuard guard = R2dbcFencingGuard.create(new Fixed(
            new Fixed(database.factory(), "standard_conforming_strings", "off"),
            "search_path",
            database.schema() + ", " + hostile + ", pg_catalog"));

    @BeforeEach
    void attack() {
        HostileSchema.plant(database, hostile);
    }

    @AfterEach
    void drop() {
        database.execute("DROP SCHEMA " + hostile + " CASCADE");
        database.execute("DROP SCHEMA " + database.schema() + " CASCADE");
    }

    @Test
    void nothingOfItIsCalled() { // E17
        String sell = "INSERT INTO stock VALUES ('a')";
        guard.createSchema().then(guard.createSchema()).block(PATIENCE);
        database.execute("CREATE TABLE stock (sku varchar(30))");

        guard.enforce("stock", "'item:' || sku || '' -- C:\\").block(PATIENCE);
        guard.advance("item:a", first).block(PATIENCE);
        guard.advance("item:b", first).block(PATIENCE);
        assertThat(guard.update("item:a", first, sell, it -> it).block(PATIENCE))
                .isEqualTo(1);
        guard.write("item:a", first, connection -> Database.run(connection, sell))
                .block(PATIENCE);
        guard.writeOnce("item:a", first, "once", connection -> Database.run(connection, sell))
                .block(PATIENCE);
        Mono.usingWhen(
                        database.factory().create(),
                        connection -> Mono.from(connection.beginTransaction())
                                .then(guard.check(connection, Map.of("item:a", first, "item:b", first)))
                                .then(Mono.from(connection.commitTransaction())),
                        connection -> connection.close())
                .block(PATIENCE);
        guard.advance("item:a", second).block(PATIENCE);
        StepVerifier.create(guard.update("item:a", first, sell, it -> it))
                .expectError(StaleTokenException.class)
                .verify(PATIENCE);
        guard.enforce("stock", "'item:' || sku").block(PATIENCE);
        guard.lift("stock").block(PATIENCE);

        assertThat(database.number("SELECT count(*) FROM stock")).isEqualTo(3);
        database.execute("SELECT fencing_guard_raise(100)");
        database.execute("UPDATE fencing_guard SET advanced_at = now() - interval '1 day' WHERE resource = 'item:b'");
        guard.advance("item:a", Database.token(101)).block(PATIENCE);
        assertThat(database.number("SELECT fencing_guard_clean('1 hour')")).isEqualTo(1);
    }
}
