package io.reactivelock.testservers;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;

/**
 * A Redis to test with. One that is started here persists nothing, unless lines of its configuration say otherwise.
 *
 * <p>Needs no JUnit. Safe for use by several threads.
 */
public final class RedisServer implements AutoCloseable {
    /** System property with the {@code redis://} URI of the server that {@link #shared()} is to take. */
    public static final String PROPERTY = "reactivelock.redis";

    /** Environment variable with the same meaning as {@link #PROPERTY}, which wins over it. */
    public static final String VARIABLE = "REACTIVELOCK_REDIS";

    /**
     * System property with the path of the executable that embedded servers and sentinels run, of Redis or of Valkey. By default, the one
     * that comes with the testkit.
     */
    public static final String EXECUTABLE_PROPERTY = "reactivelock.redis.executable";

    /** Environment variable with the same meaning as {@link #EXECUTABLE_PROPERTY}, which wins over it. */
    public static final String EXECUTABLE_VARIABLE = "REACTIVELOCK_REDIS_EXECUTABLE";

    private static final int DEFAULT_PORT = 6379;
    private static final String IMAGE = "redis:8-alpine";

    private static @Nullable RedisServer shared;

    private final URI uri;
    private final String description;
    private final @Nullable EmbeddedRedis embedded;
    private final Runnable close;

    private RedisServer(
            URI uri, String nameAndVersion, String source, @Nullable EmbeddedRedis embedded, Runnable close) {
        this.uri = uri;
        this.embedded = embedded;
        this.close = close;
        this.description = nameAndVersion + ", " + source + ", " + host() + ":" + port();
    }

    /**
     * The server that all tests of this JVM share: the one that {@link #PROPERTY} or {@link #VARIABLE} names; otherwise one in a
     * container, where Docker answers and no executable is named; otherwise an embedded one. The first call starts it and prints which it is; it ends with the
     * JVM.
     *
     * @return the server; its {@link #close()} does nothing
     */
    public static synchronized RedisServer shared() {
        if (shared == null) {
            shared = findOrStart();
            System.out.println("Tests use " + shared.description());
        }
        return shared;
    }

    /**
     * An embedded server of the caller's own, on a free port of the loopback address: for tests that stop, pause or starve it.
     *
     * @param configLines further lines of {@code redis.conf}
     * @return the server; ends when it is closed, at the latest with the JVM
     */
    public static RedisServer start(String... configLines) {
        return start(Map.of(), configLines);
    }

    /**
     * The same with environment variables of the process, as in {@code LD_PRELOAD}. Not on Windows, unless there are none.
     *
     * @param environment names and values
     * @param configLines further lines of {@code redis.conf}
     * @return the server; ends when it is closed, at the latest with the JVM
     */
    public static RedisServer start(Map<String, String> environment, String... configLines) {
        EmbeddedRedis embedded = EmbeddedRedis.start(environment, List.of(configLines));
        return embedded(embedded, embedded::close);
    }

    private static RedisServer findOrStart() {
        Optional<String> named = ServerAddress.named(PROPERTY, VARIABLE);
        if (named.isPresent()) {
            return running(URI.create(named.get()), "as named");
        }
        if (ServerAddress.named(EXECUTABLE_PROPERTY, EXECUTABLE_VARIABLE).isEmpty() && Docker.answers()) {
            GenericContainer<?> container = Docker.container(IMAGE, DEFAULT_PORT);
            container.start();
            URI uri = URI.create("redis://" + container.getHost() + ":" + container.getMappedPort(DEFAULT_PORT));
            return running(uri, "container of " + IMAGE);
        }
        return embedded(EmbeddedRedis.start(List.of()), () -> {});
    }

    /** A server that runs already, and is not ours to end. */
    static RedisServer running(URI uri, String source) {
        return new RedisServer(uri, RedisProbe.nameAndVersion(uri, DEFAULT_PORT), source, null, () -> {});
    }

    /** A server of a fixture, which closes it. */
    static RedisServer of(EmbeddedRedis server) {
        return embedded(server, () -> {});
    }

    private static RedisServer embedded(EmbeddedRedis server, Runnable close) {
        URI uri = URI.create("redis://127.0.0.1:" + server.port());
        return new RedisServer(uri, server.nameAndVersion(), "embedded", server, close);
    }

    /** {@return the host name or address} */
    public String host() {
        return uri.getHost();
    }

    /** {@return the port} */
    public int port() {
        return ServerAddress.port(uri, DEFAULT_PORT);
    }

    /** {@return the {@code redis://} URI} */
    public String uri() {
        return uri.toString();
    }

    /** {@return name, version, source and address, for people} */
    public String description() {
        return description;
    }

    /** {@return the process id of an embedded server, another one after each restart; empty for any other server} */
    public OptionalLong pid() {
        return embedded == null ? OptionalLong.empty() : OptionalLong.of(embedded.pid());
    }

    /**
     * Ends an embedded server as {@code kill -9} does, and returns when it is gone. Repeatable.
     *
     * @throws IllegalStateException if the server is not an embedded one
     */
    public void kill() {
        own().kill();
    }

    /**
     * Starts an embedded server again, after a {@link #kill()} if it runs, on the same port and with what it persisted. Returns when it
     * takes commands.
     *
     * @throws IllegalStateException if the server is not an embedded one
     */
    public void restart() {
        own().restart();
    }

    /**
     * The same without what it persisted.
     *
     * @throws IllegalStateException if the server is not an embedded one
     */
    public void restartEmpty() {
        own().restartEmpty();
    }

    private EmbeddedRedis own() {
        if (embedded == null) {
            throw new IllegalStateException("only an embedded server can be killed and restarted, not " + description);
        }
        return embedded;
    }

    /** Ends a server that {@link #start} gave. Repeatable. */
    @Override
    public void close() {
        close.run();
    }
}
