package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.StaleTokenException;
import io.reactivelock.testservers.PostgresExtension;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * What somebody puts into a schema of the search_path, in the hope that it is called: overloads that fit better than the guard's
 * functions, and operators and functions that fit better than PostgreSQL's own, before which that schema stands. Each of them fails
 * when it is called.
 *
 * @see <a href="https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058">A Guide to CVE-2018-1058</a>
 */
class HostileSessionTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private static final List<String> TYPES =
            List.of("text", "varchar", "bigint", "integer", "text[]", "xid", "oid", "xid8");
    private static final List<String> OPERATORS = List.of("=", "<>", "<", "<=", ">", ">=", "||", "<@", "~");

    /** With parameters that fit what a driver or a literal brings along at least as well as those of the guard. */
    private static final List<String> GUARDS = List.of(
            "fencing_guard_advance(varchar, bigint, varchar, integer)",
            "fencing_guard_advance(text, integer, text, integer)",
            "fencing_guard_check(varchar, bigint, varchar, integer, integer)",
            "fencing_guard_check_once(varchar, bigint, varchar, varchar, integer, integer)",
            "fencing_guard_check_all(varchar[], bigint[], varchar[], integer, integer)",
            "fencing_guard_passed(varchar)",
            "fencing_guard_refuse(varchar, bigint, varchar)",
            "fencing_guard_enforce(regclass, varchar, integer)",
            "fencing_guard_enforce(text, text, integer)",
            "fencing_guard_lift(text, integer)");

    private static final List<String> POSTGRESQLS = List.of(
            "current_setting(text)",
            "set_config(text, text, boolean)",
            "repeat(text, integer)",
            "format(text, text)",
            "format(text, text, text)",
            "left(text, integer)",
            "strpos(text, text)",
            "lower(text)",
            "unnest(text[])",
            "octet_length(text)",
            "pg_advisory_xact_lock(integer, integer)",
            "pg_advisory_xact_lock(bigint)",
            "to_regclass(text)",
            "now()");

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
        database.execute("CREATE SCHEMA " + hostile);
        for (String type : TYPES) {
            String caught = "caught_" + type.replaceAll("\\W", "s");
            plant(caught + "(" + type + ", " + type + ")", "boolean");
            for (String operator : OPERATORS) {
                database.execute("CREATE OPERATOR " + hostile + "." + operator + " (LEFTARG = " + type + ", RIGHTARG = "
                        + type + ", FUNCTION = " + hostile + "." + caught + ")");
            }
        }
        GUARDS.forEach(function -> plant(function, "text"));
        POSTGRESQLS.forEach(function -> plant(function, "text"));
    }

    private void plant(String function, String returned) {
        database.execute("CREATE FUNCTION " + hostile + "." + function + " RETURNS " + returned
                + " LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''caught''; END'");
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
