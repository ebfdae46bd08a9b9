package io.reactivelock.testservers;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * A PostgreSQL to test with. An embedded one runs with {@code fsync} off, so that tests are fast: it survives the kill of a server
 * process, but not the loss of power. Pass {@code fsync=on} to {@link #start(Map)} where that matters.
 *
 * <p>Needs no JUnit. Safe for use by several threads.
 */
public final class PostgresServer implements AutoCloseable {
    /** System property with the {@code r2dbc:postgresql:} URL of the server that {@link #shared()} is to take. */
    public static final String PROPERTY = "reactivelock.postgres";

    /** Environment variable with the same meaning as {@link #PROPERTY}, which wins over it. */
    public static final String VARIABLE = "REACTIVELOCK_POSTGRES";

    private static final int DEFAULT_PORT = 5432;
    private static final String IMAGE = "postgres:18-alpine";
    private static final String PASSWORD = "reactive-lock";

    private static @Nullable PostgresServer shared;

    private final URI uri;
    private final String username;
    private final String password;
    private final String description;
    private final @Nullable EmbeddedPostgresServer embedded;
    private final Runnable close;

    private PostgresServer(URI uri, String source, @Nullable EmbeddedPostgresServer embedded, Runnable close) {
        String[] credentials = ServerAddress.credentials(uri, EmbeddedPostgresServer.USER, "");
        this.uri = uri;
        this.username = credentials[0];
        this.password = credentials[1];
        this.embedded = embedded;
        this.close = close;
        this.description = "PostgreSQL " + version() + ", " + source + ", " + host() + ":" + port();
    }

    /**
     * The server that all tests of this JVM share: the one that {@link #PROPERTY} or {@link #VARIABLE} names; otherwise one in a
     * container, where Docker answers; otherwise an embedded one. The first call starts it and prints which it is; it ends with the
     * JVM.
     *
     * @return the server; its {@link #close()} does nothing
     */
    public static synchronized PostgresServer shared() {
        if (shared == null) {
            shared = findOrStart();
            System.out.println("Tests use " + shared.description());
        }
        return shared;
    }

    /**
     * An embedded server of the caller's own, on a free port of the loopback address: for tests that stop or pause it.
     *
     * @return the server; ends when it is closed, at the latest with the JVM
     */
    public static PostgresServer start() {
        return start(Map.of());
    }

    /**
     * An embedded server of the caller's own, on a free port of the loopback address, with settings of {@code postgresql.conf} of
     * the caller's own. Without them: {@code fsync=off}, {@code max_connections=200}, {@code timezone=UTC}.
     *
     * @param settings names and values
     * @return the server; ends when it is closed, at the latest with the JVM
     */
    public static PostgresServer start(Map<String, String> settings) {
        EmbeddedPostgresServer embedded = EmbeddedPostgresServer.start(settings);
        return embedded(embedded, embedded::close);
    }

    private static PostgresServer findOrStart() {
        Optional<String> named = ServerAddress.named(PROPERTY, VARIABLE);
        if (named.isPresent()) {
            return named(named.get());
        }
        if (Docker.answers()) {
            GenericContainer<?> container = Docker.container(IMAGE, DEFAULT_PORT)
                    .withEnv("POSTGRES_PASSWORD", PASSWORD)
                    .withCommand("postgres", "-c", "fsync=off", "-c", "max_connections=200")
                    // the image starts the server twice, the first time for its own set-up
                    .waitingFor(Wait.forLogMessage(".*ready to accept connections.*\\s", 2));
            container.start();
            URI uri =
                    uri("r2dbc:postgresql://" + EmbeddedPostgresServer.USER + ":" + PASSWORD + "@" + container.getHost()
                            + ":" + container.getMappedPort(DEFAULT_PORT) + "/" + EmbeddedPostgresServer.USER);
            return new PostgresServer(uri, "container of " + IMAGE, null, () -> {});
        }
        return embedded(EmbeddedPostgresServer.start(Map.of()), () -> {});
    }

    /** A server that runs already, and is not ours to end. */
    static PostgresServer named(String url) {
        return new PostgresServer(uri(url), "as named", null, () -> {});
    }

    private static PostgresServer embedded(EmbeddedPostgresServer server, Runnable close) {
        URI uri = uri("r2dbc:postgresql://" + EmbeddedPostgresServer.USER + "@127.0.0.1:" + server.port() + "/"
                + EmbeddedPostgresServer.USER);
        return new PostgresServer(uri, "embedded", server, close);
    }

    private static URI uri(String url) {
        URI uri = url.startsWith("r2dbc:") ? URI.create(url.substring("r2dbc:".length())) : null;
        if (uri == null || uri.getHost() == null || !"postgresql".equals(uri.getScheme())) {
            throw new IllegalArgumentException(
                    "the address of a PostgreSQL is r2dbc:postgresql://user:password@host:port/database");
        }
        return uri;
    }

    /** {@return the host name or address} */
    public String host() {
        return uri.getHost();
    }

    /** {@return the port} */
    public int port() {
        return ServerAddress.port(uri, DEFAULT_PORT);
    }

    /** {@return the database} */
    public String database() {
        String path = uri.getPath();
        return path == null || path.length() < 2 ? username : path.substring(1);
    }

    /** {@return the user, a superuser in a server that was started here} */
    public String username() {
        return username;
    }

    /** {@return the user's password, empty where the server asks for none} */
    public String password() {
        return password;
    }

    /** {@return the {@code r2dbc:postgresql:} URL, with user and password} */
    public String r2dbcUrl() {
        return "r2dbc:" + uri;
    }

    /** {@return version, source and address, for people} */
    public String description() {
        return description;
    }

    /** {@return the process id of the main process of an embedded server, another one after each restart; empty for any other server} */
    public OptionalLong pid() {
        return embedded == null ? OptionalLong.empty() : OptionalLong.of(embedded.pid());
    }

    /**
     * Ends all processes of an embedded server as {@code kill -9} does, and starts it again on the same port and with its data. Returns
     * when it has recovered and takes connections.
     *
     * @throws IllegalStateException if the server is not an embedded one
     */
    public void restart() {
        if (embedded == null) {
            throw new IllegalStateException("only an embedded server can be restarted, not " + description);
        }
        embedded.restart();
    }

    /** Ends a server that {@link #start} gave. Repeatable. */
    @Override
    public void close() {
        close.run();
    }

    private String version() {
        String url = "jdbc:postgresql://" + host() + ":" + port() + "/" + database();
        try (Connection connection = DriverManager.getConnection(url, username, password)) {
            return connection.getMetaData().getDatabaseProductVersion();
        } catch (SQLException e) {
            throw new IllegalStateException("no answer from PostgreSQL at " + host() + ":" + port(), e);
        }
    }
}
