package io.reactivelock.demo;

import io.r2dbc.spi.ConnectionFactoryOptions;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The servers of one run, with a schema and lock names that belong to this run only. Blocks, because the main thread of a command has
 * nothing else to do.
 *
 * @param setting what the workers need to know
 * @param database the stock and its log
 * @param redis description of the Redis server
 * @param postgres description of the PostgreSQL server
 */
record DemoServers(ModeRun.Setting setting, ShopDatabase database, String redis, String postgres) {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private record Server(String uri, String description, boolean named) {}

    /**
     * Connects to the servers that the options name, and starts the others.
     *
     * @param redisUri the one that was named, or null
     * @param postgresUrl the one that was named, or null
     * @param resources closes what this opens, and removes what the run leaves in a named server
     */
    static DemoServers open(@Nullable String redisUri, @Nullable String postgresUrl, Resources resources) {
        String id = UUID.randomUUID().toString().substring(0, 8);
        String run = "benchmarks-demo:" + id + ":";
        String schema = "reactive_lock_demo_" + id;

        // those that were named come first, for with them a wrong address shows at once
        Optional<Server> namedRedis = Optional.ofNullable(redisUri).map(uri -> named(uri, run, resources));
        Optional<Server> namedPostgres = Optional.ofNullable(postgresUrl).map(url -> named(url, schema));
        Server redis = namedRedis.orElseGet(() -> embeddedRedis(resources));
        Server postgres = namedPostgres.orElseGet(() -> embeddedPostgres(resources));

        ShopDatabase database = new ShopDatabase(DemoDatabase.open(postgres.uri(), schema), schema);
        resources.open(() -> (AutoCloseable)
                () -> await((postgres.named() ? database.drop() : Mono.<Void>empty()).then(database.close())));
        await(database.create());
        return new DemoServers(
                new ModeRun.Setting(redis.uri(), postgres.uri(), schema, run),
                database,
                redis.description(),
                postgres.description());
    }

    private static Server named(String uri, String run, Resources resources) {
        NamedRedis redis = NamedRedis.connect(uri);
        resources.open(() -> (AutoCloseable) () -> {
            redis.deleteKeysOf(run);
            redis.close();
        });
        return new Server(uri, redis.description(), true);
    }

    private static Server named(String url, String schema) {
        ConnectionFactoryOptions options = parse(url);
        String address = options.getValue(ConnectionFactoryOptions.HOST) + ":"
                + Optional.ofNullable(options.getValue(ConnectionFactoryOptions.PORT))
                        .orElse(5432);
        ShopDatabase database = new ShopDatabase(DemoDatabase.open(url, schema), schema);
        String version = await(database.version()
                .onErrorMap(failure -> new DemoException(
                        "PostgreSQL at " + address + " cannot be used: " + DemoFailures.reason(failure) + ".", failure))
                .delayUntil(known -> database.close()));
        return new Server(url, "PostgreSQL " + version + ", as named, " + address, true);
    }

    private static ConnectionFactoryOptions parse(String url) {
        try {
            ConnectionFactoryOptions options = ConnectionFactoryOptions.parse(url);
            if ("postgresql".equals(options.getValue(ConnectionFactoryOptions.DRIVER))
                    && options.hasOption(ConnectionFactoryOptions.HOST)) {
                return options;
            }
            throw new IllegalArgumentException("not a URL of PostgreSQL");
        } catch (IllegalArgumentException e) {
            throw new DemoException(
                    "--postgres is an R2DBC URL as in r2dbc:postgresql://user:password@host:5432/database.", e);
        }
    }

    private static Server embeddedRedis(Resources resources) {
        RedisServer server = resources.open(() -> start("Redis", RedisServer::start));
        return new Server(server.uri(), server.description(), false);
    }

    private static Server embeddedPostgres(Resources resources) {
        PostgresServer server = resources.open(() -> start("PostgreSQL", PostgresServer::start));
        return new Server(server.r2dbcUrl(), server.description(), false);
    }

    private static <T> T start(String what, Supplier<T> start) {
        try {
            return start.get();
        } catch (RuntimeException e) {
            throw new DemoException(
                    "The embedded " + what + " does not start: " + DemoFailures.reason(e)
                            + "; name one of yours with --" + (what.equals("Redis") ? "redis" : "postgres") + ".",
                    e);
        }
    }

    private static <T> @Nullable T await(Mono<T> result) {
        return result.timeout(
                        TIMEOUT,
                        Mono.error(() -> new DemoException(
                                "PostgreSQL gave no answer within " + TIMEOUT.toSeconds() + " seconds.")))
                .block();
    }
}
