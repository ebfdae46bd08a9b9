package io.reactivelock.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** One PostgreSQL with a data directory of its own. */
final class EmbeddedPostgresServer implements AutoCloseable {
    /** The superuser that the embedding library sets up, which is also the name of the database. */
    static final String USER = "postgres";

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.-]*");

    private final EmbeddedPostgres server;
    private final long pid;
    private final Reaper reaper;

    private EmbeddedPostgresServer(EmbeddedPostgres server, long pid, Reaper reaper) {
        this.server = server;
        this.pid = pid;
        this.reaper = reaper;
    }

    static EmbeddedPostgresServer start(Map<String, String> settings) {
        return Ports.tryUntilFree(port -> start(port, settings));
    }

    private static EmbeddedPostgresServer start(int port, Map<String, String> settings) throws IOException {
        Path directory = Files.createTempDirectory("reactive-lock-postgres-");
        Path data = directory.resolve("data");
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(data)
                .setPGStartupWait(Duration.ofMinutes(1))
                .setLocaleConfig("locale", "C")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "''")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_connections", "200");
        settings.forEach((name, value) -> builder.setServerConfig(name, quoted(value)));
        Path pidFile = data.resolve("postmaster.pid");
        Reaper reaper = Reaper.of(pidFile, "QUIT", directory);
        try {
            EmbeddedPostgres server = builder.start();
            return new EmbeddedPostgresServer(server, pid(pidFile, port), reaper);
        } catch (IOException | RuntimeException e) {
            reaper.close();
            throw e;
        }
    }

    /** The options pass through a shell. */
    private static String quoted(String value) {
        return PLAIN.matcher(value).matches() && !value.isEmpty() ? value : "'" + value.replace("'", "'\\''") + "'";
    }

    /**
     * The first line of the file is the process, the fourth the port. Where the server failed, there is no such file, even though a
     * server of somebody else may have answered at the port.
     */
    private static long pid(Path pidFile, int port) throws IOException {
        List<String> lines = Files.readAllLines(pidFile);
        if (!lines.get(3).equals(Integer.toString(port))) {
            throw new IOException("the server listens on port " + lines.get(3) + ", not " + port);
        }
        return Long.parseLong(lines.get(0));
    }

    int port() {
        return server.getPort();
    }

    long pid() {
        return pid;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            reaper.close();
        }
    }
}
