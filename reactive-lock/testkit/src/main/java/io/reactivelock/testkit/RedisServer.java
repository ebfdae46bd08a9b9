package io.reactivelock.testkit;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;

/**
 * A Redis to test with. One that is started here persists nothing.
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
    private final OptionalLong pid;
    private final Runnable close;

    private RedisServer(URI uri, String nameAndVersion, String source, OptionalLong pid, Runnable close) {
        this.uri = uri;
        this.pid = pid;
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
        EmbeddedRedis embedded = EmbeddedRedis.start(List.of(configLines));
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

    private static RedisServer running(URI uri, String source) {
        return new RedisServer(
                uri, RedisProbe.nameAndVersion(uri, DEFAULT_PORT), source, OptionalLong.empty(), () -> {});
    }

    private static RedisServer embedded(EmbeddedRedis server, Runnable close) {
        URI uri = URI.create("redis://127.0.0.1:" + server.port());
        return new RedisServer(uri, server.nameAndVersion(), "embedded", OptionalLong.of(server.pid()), close);
    }

    /** Returns the host name or address. */
    public String host() {
        return uri.getHost();
    }

    /** Returns the port. */
    public int port() {
        return ServerAddress.port(uri, DEFAULT_PORT);
    }

    /** Returns the {@code redis://} URI. */
    public String uri() {
        return uri.toString();
    }

    /** Returns name, version, source and address, for people. */
    public String description() {
        return description;
    }

    /** Returns the process id of an embedded server; empty for any other. */
    public OptionalLong pid() {
        return pid;
    }

    /** Ends a server that {@link #start} gave. Repeatable. */
    @Override
    public void close() {
        close.run();
    }
}
