package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static io.reactivelock.fencing.r2dbc.Database.run;
import static io.reactivelock.fencing.r2dbc.GuardContract.assertKind;
import static org.assertj.core.api.Assertions.assertThat;

import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuardException.Kind;
import io.reactivelock.testservers.PostgresExtension;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Who may create the fence, where it is, and who may use it. Each test has roles of its own, and acts as each of them. */
class SchemaTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final Database database = Database.empty(POSTGRES.server());
    private final String service = "service_" + UUID.randomUUID().toString().replace("-", "");
    private final String mallory = "mallory_" + UUID.randomUUID().toString().replace("-", "");
    private final FencingToken token = Database.token(33);
    private final R2dbcFencingGuard owner = R2dbcFencingGuard.create(database.factory());

    @BeforeEach
    void createRoles() {
        database.execute("CREATE ROLE " + service);
        database.execute("CREATE ROLE " + mallory);
        database.execute("GRANT USAGE ON SCHEMA " + database.schema() + " TO " + service + ", " + mallory);
        database.execute("GRANT CREATE ON SCHEMA " + database.schema() + " TO " + mallory);
    }

    @AfterEach
    void drop() {
        database.execute("DROP SCHEMA " + database.schema() + " CASCADE");
        database.execute("DROP OWNED BY " + service + ", " + mallory + " CASCADE");
        database.execute("DROP ROLE " + service);
        database.execute("DROP ROLE " + mallory);
    }

    private ConnectionFactory as(String role, ConnectionFactory connections) {
        return new Fixed(connections, "role", role);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TABLE fencing_guard (resource text PRIMARY KEY, token bigint, holder text, advanced_at timestamptz)",
                "CREATE TABLE fencing_guard_operation (resource text, operation text, token bigint, done_at timestamptz)",
                "CREATE FUNCTION fencing_guard_passed(p_resource text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                "CREATE FUNCTION fencing_guard_advance(varchar, bigint, varchar, integer) RETURNS void LANGUAGE sql AS ''",
            })
    void whatSomebodyElsePutThereFirstIsRefused(String planted) { // E17
        Mono.usingWhen(
                        as(mallory, database.factory()).create(),
                        connection -> run(connection, planted),
                        connection -> connection.close())
                .block(PATIENCE);

        StepVerifier.create(owner.createSchema())
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("belongs to somebody else");
                })
                .verify(PATIENCE);
        assertThat(database.number("SELECT count(*) FROM pg_proc WHERE pronamespace = '" + database.schema()
                        + "'::regnamespace AND proowner = 'postgres'::regrole"))
                .isZero();
    }

    @Test
    void whatSomebodyElsePutInThePlaceOfATablesExpressionIsRefused() { // E17
        owner.createSchema().block(PATIENCE);
        database.execute("CREATE TABLE stock (sku text)");
        Mono.usingWhen(
                        as(mallory, database.factory()).create(),
                        connection -> run(
                                connection,
                                "CREATE FUNCTION fencing_guard_resource(stock) RETURNS text LANGUAGE sql AS 'SELECT 1::text'"),
                        connection -> connection.close())
                .block(PATIENCE);

        StepVerifier.create(owner.enforce("stock", "sku"))
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("belongs to somebody else");
                })
                .verify(PATIENCE);
    }

    @Test
    void aSchemaOfTheRolesOwnMakesNoSecondFence() { // E17
        owner.createSchema().block(PATIENCE);
        String own = database.schema() + "_own";
        database.execute("CREATE SCHEMA " + own);
        R2dbcFencingGuard other =
                R2dbcFencingGuard.create(new Fixed(database.factory(), "search_path", own + ", " + database.schema()));

        other.createSchema().block(PATIENCE);
        other.advance("order:1", token).block(PATIENCE);

        assertThat(database.highest("order:1")).isEqualTo(33);
        assertThat(database.number("SELECT count(*) FROM pg_class WHERE relnamespace = '" + own + "'::regnamespace"))
                .isZero();
        database.execute("DROP SCHEMA " + own + " CASCADE");
    }

    @Test
    void whoDoesNotOwnTheFenceIsToldWhoMayBringItUpToDate() {
        owner.createSchema().block(PATIENCE);

        StepVerifier.create(R2dbcFencingGuard.create(as(service, database.factory()))
                        .createSchema())
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("for its owner to create");
                })
                .verify(PATIENCE);
    }

    @Test
    void aServiceNeedsNoMoreThanTheDocumentedRights() {
        database.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC");
        try {
            owner.createSchema().block(PATIENCE);
            database.execute("CREATE TABLE stock (sku text)");
            owner.enforce("stock", "sku").block(PATIENCE);
        } finally {
            database.execute("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC");
        }
        database.execute("GRANT SELECT, INSERT, UPDATE ON fencing_guard TO " + service);
        database.execute("GRANT SELECT, INSERT ON fencing_guard_operation TO " + service);
        database.execute("GRANT INSERT ON stock TO " + service);
        R2dbcFencingGuard guard = R2dbcFencingGuard.create(as(service, database.factory()));

        guard.advance("a", token).block(PATIENCE);
        guard.update("a", token, "INSERT INTO stock VALUES ('a')", it -> it).block(PATIENCE);
        guard.writeOnce("a", token, "once", connection -> run(connection, "INSERT INTO stock VALUES ('a')"))
                .block(PATIENCE);

        for (String owners : new String[] {"raise(1)", "lower('a', 1)", "clean('1 day')"}) {
            StepVerifier.create(Mono.usingWhen(
                            as(service, database.factory()).create(),
                            connection -> run(connection, "SELECT fencing_guard_" + owners),
                            connection -> connection.close()))
                    .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("permission denied for function"))
                    .verify(PATIENCE);
        }
    }

    @Test
    void aSchemaWhoseNameWouldHaveToBeQuotedTwiceIsRefused() {
        String odd = database.schema() + "$x";
        database.execute("CREATE SCHEMA \"" + odd + "\"");

        StepVerifier.create(R2dbcFencingGuard.create(new Fixed(database.factory(), "search_path", "\"" + odd + "\""))
                        .createSchema())
                .expectErrorSatisfies(e -> {
                    assertKind(e, Kind.PERMANENT);
                    assertThat(e).hasMessageContaining("cannot be in the schema");
                })
                .verify(PATIENCE);
        database.execute("DROP SCHEMA \"" + odd + "\"");
    }
}
