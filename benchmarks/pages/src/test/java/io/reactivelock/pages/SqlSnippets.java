package io.reactivelock.pages;

import static io.r2dbc.spi.ConnectionFactoryOptions.DATABASE;
import static io.r2dbc.spi.ConnectionFactoryOptions.DRIVER;
import static io.r2dbc.spi.ConnectionFactoryOptions.HOST;
import static io.r2dbc.spi.ConnectionFactoryOptions.PASSWORD;
import static io.r2dbc.spi.ConnectionFactoryOptions.PORT;
import static io.r2dbc.spi.ConnectionFactoryOptions.USER;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Option;
import io.r2dbc.spi.Result;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.testservers.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Runs snippets of SQL, each page in a schema of its own, which has the tables of the guard and the preamble of the page. */
final class SqlSnippets {
    private static final Option<String> SCHEMA = Option.valueOf("schema");
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private SqlSnippets() {}

    static List<String> problems(List<Snippet> snippets, PostgresServer server) {
        List<String> pages = snippets.stream().map(Snippet::page).distinct().toList();
        List<String> problems = new ArrayList<>();
        for (String page : pages) {
            String schema = "page_" + UUID.randomUUID().toString().replace('-', '_');
            run(factory(server, "public"), "CREATE SCHEMA " + schema);
            ConnectionFactory factory = factory(server, schema);
            R2dbcFencingGuard.create(factory).createSchema().block(PATIENCE);
            String preamble = Pages.preamble(page, "sql");
            if (!preamble.isEmpty()) {
                run(factory, preamble);
            }
            for (Snippet snippet : snippets) {
                if (snippet.page().equals(page)) {
                    try {
                        run(factory, snippet.code());
                    } catch (RuntimeException e) {
                        problems.add(snippet.problem(String.valueOf(e.getMessage())));
                    }
                }
            }
            run(factory, "DROP SCHEMA " + schema + " CASCADE");
        }
        return problems;
    }

    private static void run(ConnectionFactory factory, String sql) {
        Flux.usingWhen(
                        factory.create(),
                        connection -> Flux.from(connection.createStatement(sql).execute())
                                .flatMap(Result::getRowsUpdated),
                        Connection::close)
                .then()
                .timeout(PATIENCE, Mono.error(() -> new IllegalStateException("no answer to " + sql)))
                .block();
    }

    private static ConnectionFactory factory(PostgresServer server, String schema) {
        return ConnectionFactories.get(ConnectionFactoryOptions.builder()
                .option(DRIVER, "postgresql")
                .option(HOST, server.host())
                .option(PORT, server.port())
                .option(DATABASE, server.database())
                .option(USER, server.username())
                .option(PASSWORD, server.password())
                .option(SCHEMA, schema)
                .build());
    }
}
