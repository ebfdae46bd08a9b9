package io.reactivelock.example;

import io.reactivelock.pgguard.VertxFencingGuard;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.net.BindException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command: a shop with two instances, on a Redis and a PostgreSQL that it starts and ends. */
@Command(
        name = "vertx-adapter/example/run",
        usageHelpAutoWidth = true,
        description =
                "Serves POST /items/:sku/purchase, with a lock and a guard, on servers of its own, until it is interrupted.")
final class Example implements Callable<Integer> {
    @Option(names = "--port", defaultValue = "8080", description = "where to listen; default ${DEFAULT-VALUE}")
    private int port;

    @Option(names = "--help", usageHelp = true, description = "show this text")
    @SuppressWarnings("unused") // picocli reads it
    private boolean help;

    /** The event loops keep the process alive, until it is interrupted. */
    public static void main(String[] args) {
        int exitCode = new CommandLine(new Example()).execute(args);
        if (exitCode != CommandLine.ExitCode.OK) {
            System.exit(exitCode);
        }
    }

    @Override
    public Integer call() {
        RedisServer redis = RedisServer.start();
        PostgresServer postgres = PostgresServer.start();
        Vertx vertx = Vertx.vertx();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            vertx.close().await();
            postgres.close();
            redis.close();
        }));
        return open(vertx, redis, postgres, port)
                .map(opened -> {
                    System.out.printf(
                            "A shop on %s and %s. Item 4711 has 5 units. Ctrl-C ends it.%n"
                                    + "  curl -i -X POST localhost:%d/items/4711/purchase%n",
                            redis.description(), postgres.description(), port);
                    return CommandLine.ExitCode.OK;
                })
                .recover(e -> e instanceof BindException ? Future.succeededFuture(portTaken()) : Future.failedFuture(e))
                .await();
    }

    private int portTaken() {
        System.err.println("example: port " + port + " is taken; name another one with --port.");
        return CommandLine.ExitCode.USAGE;
    }

    /** Fills the shelves and opens the shop. */
    static Future<String> open(Vertx vertx, RedisServer redis, PostgresServer postgres, int port) {
        PgConnectOptions database = new PgConnectOptions()
                .setHost(postgres.host())
                .setPort(postgres.port())
                .setDatabase(postgres.database())
                .setUser(postgres.username())
                .setPassword(postgres.password());
        Pool pool = PgBuilder.pool().connectingTo(database).using(vertx).build();
        return VertxFencingGuard.create(pool)
                .createSchema()
                .compose(created -> pool.query(
                                "CREATE TABLE IF NOT EXISTS item (sku text PRIMARY KEY, units int NOT NULL);"
                                        + " INSERT INTO item VALUES ('4711', 5) ON CONFLICT DO NOTHING")
                        .execute())
                .eventually(pool::close)
                .compose(filled -> vertx.deployVerticle(
                        () -> new ShopVerticle(redis.uri(), database, port), new DeploymentOptions().setInstances(2)));
    }
}
