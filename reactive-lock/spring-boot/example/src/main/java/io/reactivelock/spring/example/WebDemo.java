package io.reactivelock.spring.example;

import io.r2dbc.spi.ConnectionFactories;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.r2dbc.core.DatabaseClient;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

/** The command: two instances of the shop, on a Redis and a PostgreSQL that it starts and ends. */
@Command(
        name = "./demo --web",
        usageHelpAutoWidth = true,
        description =
                "Serves POST /items/{sku}/purchase by two instances of a Spring Boot service, on servers of its own, until it is"
                        + " interrupted. Exit code 0: as many were sold as there were; 1: they were not; 2: the demo could not be run.")
final class WebDemo implements Callable<Integer> {
    private static final String SKU = "4711";
    private static final int BUYERS = 200;
    private static final int UNITS = 150;
    private static final String STOP_AT_SALE = "10";

    /** More than the lease time of application.yml, so that others go on. */
    private static final Duration PAUSE = Duration.ofSeconds(4);

    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final PrintStream out;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @Option(
            names = "--port",
            defaultValue = "8080",
            description = "where the first instance listens; the second, one higher (8080)")
    private int port;

    @Option(
            names = "--load",
            description = "let " + BUYERS
                    + " buyers come, stop one of the instances in the middle of a sale for longer than its lease,"
                    + " and show what was sold")
    private boolean load;

    @Option(names = "--help", usageHelp = true, description = "show this text")
    @SuppressWarnings("unused") // picocli reads it
    private boolean help;

    WebDemo(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) {
        System.exit(run(System.out, args));
    }

    static int run(PrintStream out, String... args) {
        return new CommandLine(new WebDemo(out)).execute(args);
    }

    @Override
    public Integer call() throws InterruptedException {
        LoggingSystem.get(WebDemo.class.getClassLoader()).setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.WARN);
        Thread end = new Thread(this::close);
        Runtime.getRuntime().addShutdownHook(end);
        try {
            RedisServer redis = opened(RedisServer.start());
            PostgresServer postgres = opened(PostgresServer.start());
            out.printf(
                    "Two instances of a shop are starting, on %s and %s.%n",
                    redis.description(), postgres.description());
            Map<String, String> settings = new TreeMap<>(Map.of(
                    "spring.data.redis.url", redis.uri(),
                    "spring.r2dbc.url", postgres.r2dbcUrl(),
                    "spring.r2dbc.username", postgres.username(),
                    "spring.r2dbc.password", postgres.password()));
            // one after the other, for the first one makes the tables
            ShopProcess first = open(port, settings);
            if (load) {
                settings.put(StopMidSale.PROPERTY, STOP_AT_SALE);
                boolean exact = sell(first, open(port + 1, settings), postgres);
                return exact ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
            }
            open(port + 1, settings);
            out.printf(
                    "Item %s has %d units. Ctrl-C ends it.%n"
                            + "  curl -i -X POST localhost:%d/items/%s/purchase%n"
                            + "  curl -s localhost:%d/actuator/health%n"
                            + "  curl -s localhost:%d/actuator/locks%n"
                            + "  curl -s localhost:%d/actuator/prometheus | grep -E 'reactive_lock|fencing'%n",
                    SKU, UNITS, port, SKU, port, port + 1, port);
            new CountDownLatch(1).await();
            return CommandLine.ExitCode.OK;
        } finally {
            close();
        }
    }

    private synchronized <T extends AutoCloseable> T opened(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Closes what was opened, in reverse order. Idempotent. */
    private synchronized void close() {
        while (!opened.isEmpty()) {
            try (AutoCloseable last = opened.pop()) {
                Objects.requireNonNull(last);
            } catch (Exception e) {
                System.err.println("demo: not closed: " + e.getMessage());
            }
        }
    }

    private ShopProcess open(int at, Map<String, String> settings) {
        ShopProcess shop = opened(ShopProcess.start(at, settings));
        shop.opened().block(PATIENCE);
        return shop;
    }

    /** Whether as many were sold as there were, and whoever was told so has bought. */
    private boolean sell(ShopProcess first, ShopProcess second, PostgresServer postgres) {
        BuyerLoad load = new BuyerLoad();
        Mono<Void> pause = second.stopped()
                .doOnSuccess(stopped -> out.printf("The second instance stands still, in the middle of a sale.%n"))
                .then(Mono.delay(PAUSE))
                .then(Mono.defer(second::goOn))
                .doOnSuccess(on -> out.printf("After %d s it goes on.%n", PAUSE.toSeconds()));
        Mono.when(load.buy(SKU, BUYERS, List.of(first, second)), pause).block(PATIENCE);

        long left = left(postgres);
        out.printf(
                "%d buyers, %d units: %d bought, %d found it sold out, %d units are left.%nAnswers by status: %s%n",
                BUYERS, UNITS, load.bought(), load.soldOut(), left, load.answers());
        // one whose answer was lost has bought, though nobody told it
        boolean exact = left == 0 && load.bought() <= UNITS && load.bought() + load.soldOut() == BUYERS;
        out.println(exact ? "Sold exactly." : "NOT exact.");
        return exact;
    }

    private static long left(PostgresServer postgres) {
        DatabaseClient database = DatabaseClient.create(ConnectionFactories.get(postgres.r2dbcUrl()));
        return Objects.requireNonNull(database.sql("SELECT units FROM product WHERE sku = :sku")
                .bind("sku", SKU)
                .map(row -> Objects.requireNonNull(row.get(0, Long.class)))
                .one()
                .block(PATIENCE));
    }
}
