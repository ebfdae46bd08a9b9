package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.postgresql.PostgresFence;
import io.reactivelock.testservers.PostgresExtension;
import io.reactivelock.testservers.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import liquibase.Scope;
import liquibase.command.CommandScope;
import liquibase.command.core.UpdateCommandStep;
import liquibase.command.core.helpers.DbUrlConnectionArgumentsCommandStep;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.resource.DirectoryResourceAccessor;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The SQL of the guard as the tools send it that the docs name. */
class MigrationToolsTest {
    @RegisterExtension
    static final PostgresExtension POSTGRES = new PostgresExtension();

    private final Database database = Database.empty(POSTGRES.server());

    @TempDir
    private Path folder;

    @BeforeEach
    void writeSql() throws IOException {
        try (InputStream sql = PostgresFence.class.getResourceAsStream("fencing_guard.sql")) {
            Files.copy(Objects.requireNonNull(sql), folder.resolve("R__fencing_guard.sql"));
        }
    }

    @AfterEach
    void drop() {
        database.execute("DROP SCHEMA " + database.schema() + " CASCADE");
    }

    @Test
    void flyway() {
        Flyway flyway = Flyway.configure()
                .dataSource(
                        url(), POSTGRES.server().username(), POSTGRES.server().password())
                .defaultSchema(database.schema())
                .locations("filesystem:" + folder)
                .load();

        assertThat(flyway.migrate().migrationsExecuted).isEqualTo(1);

        assertInstalled();
    }

    @Test
    void liquibase() throws Exception {
        Files.writeString(folder.resolve("changes.xml"), """
                <databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog"
                    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                    xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog
                        http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd">
                  <changeSet id="fencing-guard" author="shop" runOnChange="true">
                    <sqlFile path="R__fencing_guard.sql" splitStatements="false"/>
                  </changeSet>
                </databaseChangeLog>
                """);
        try (Connection connection = DriverManager.getConnection(
                url(), POSTGRES.server().username(), POSTGRES.server().password())) {
            var jdbc = DatabaseFactory.getInstance().findCorrectDatabaseImplementation(new JdbcConnection(connection));
            Scope.child(Scope.Attr.resourceAccessor, new DirectoryResourceAccessor(folder), () -> {
                new CommandScope(UpdateCommandStep.COMMAND_NAME)
                        .addArgumentValue(DbUrlConnectionArgumentsCommandStep.DATABASE_ARG, jdbc)
                        .addArgumentValue(UpdateCommandStep.CHANGELOG_FILE_ARG, "changes.xml")
                        .execute();
            });
        }

        assertInstalled();
    }

    @Test
    void psql() throws Exception {
        PostgresServer server = POSTGRES.server();
        ProcessBuilder psql = new ProcessBuilder(
                        "psql",
                        "-qv",
                        "ON_ERROR_STOP=1",
                        "-f",
                        folder.resolve("R__fencing_guard.sql").toString(),
                        "postgresql://" + server.username() + ":" + server.password() + "@" + server.host() + ":"
                                + server.port() + "/" + server.database())
                .redirectErrorStream(true);
        psql.environment().put("PGOPTIONS", "-c search_path=" + database.schema());
        Process process;
        try {
            process = psql.start();
        } catch (IOException e) {
            String reason = "Skipped: psql is not installed: " + e.getMessage();
            System.out.println(reason);
            Assumptions.abort(reason);
            return;
        }
        String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).describedAs(words).isZero();
        assertThat(words).isEmpty();
        assertInstalled();
    }

    private String url() {
        PostgresServer server = POSTGRES.server();
        return "jdbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database() + "?currentSchema="
                + database.schema();
    }

    private void assertInstalled() {
        FencingToken token = Database.token(33);
        R2dbcFencingGuard guard = R2dbcFencingGuard.create(database.factory());
        database.execute("CREATE TABLE stock (sku text)");
        guard.enforce("stock", "sku").then(guard.advance("a", token)).block(PATIENCE);

        assertThat(guard.update("a", token, "INSERT INTO stock VALUES ('a')", it -> it)
                        .block(PATIENCE))
                .isEqualTo(1);
        assertThat(List.copyOf(database.numbers("SELECT count(*) FROM fencing_guard WHERE resource = 'a'")))
                .containsExactly(1L);
    }
}
