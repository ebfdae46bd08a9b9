package io.reactivelock.testservers;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** One PostgreSQL with a data directory of its own. Safe for use by several threads. */
final class EmbeddedPostgresServer implements AutoCloseable {
    /** The superuser that the embedding library sets up, which is also the name of the database. */
    static final String USER = "postgres";

    private static final String PID_FILE = "postmaster.pid";
    /** Where the server writes its own command line, which begins with its executable. */
    private static final String COMMAND_FILE = "postmaster.opts";

    private static final int START_SECONDS = 60;
    private static final int START_ATTEMPTS = 5;
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.-]*");

    private final EmbeddedPostgres server;
    private final Path data;
    private final Reaper reaper;
    private volatile long pid;

    private EmbeddedPostgresServer(EmbeddedPostgres server, Path data, Reaper reaper) throws IOException {
        this.server = server;
        this.data = data;
        this.reaper = reaper;
        this.pid = pid(data.resolve(PID_FILE), server.getPort());
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
        Path pidFile = data.resolve(PID_FILE);
        Reaper reaper = Reaper.of(pidFile, "QUIT", directory);
        try {
            EmbeddedPostgres server = builder.start();
            return new EmbeddedPostgresServer(server, data, reaper);
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

    /** Ends all processes of the server as {@code kill -9} does, and starts it again, which recovers from the crash. */
    synchronized void restart() {
        try {
            killAll();
            // a dead process that nobody waited for still has its id, and would be taken for a server that runs
            Files.delete(data.resolve(PID_FILE));
            startAgain();
            pid = pid(data.resolve(PID_FILE), port());
        } catch (IOException e) {
            throw new UncheckedIOException("no PostgreSQL started again on port " + port(), e);
        }
    }

    /** The main process is stopped first, so that it starts no other while they are killed. */
    private void killAll() throws IOException {
        ProcessHandle main = ProcessHandle.of(pid).orElseThrow(() -> new IOException("the server ended"));
        run(List.of("kill", "-STOP", Long.toString(pid)));
        List<ProcessHandle> children = main.children().toList();
        main.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** Refused while one of the killed processes is still there. */
    private void startAgain() throws IOException {
        List<String> start = List.of(
                executable("pg_ctl").toString(),
                "-D",
                data.toString(),
                "-w",
                "-t",
                Integer.toString(START_SECONDS),
                "restart");
        for (int attempt = 1; ; attempt++) {
            try {
                run(start);
                return;
            } catch (IOException e) {
                if (attempt == START_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private Path executable(String name) throws IOException {
        String command = Files.readString(data.resolve(COMMAND_FILE));
        return Path.of(command.substring(0, command.indexOf(' '))).resolveSibling(name);
    }

    /** As the embedding library runs commands: not as root, which PostgreSQL refuses. */
    private static void run(List<String> command) throws IOException {
        List<String> line = new ArrayList<>(LinuxUtils.isUnshareAvailable() ? List.of("unshare", "-U") : List.of());
        line.addAll(command);
        Process process = new ProcessBuilder(line)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException("exit code " + process.exitValue() + " of " + String.join(" ", command));
        }
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
