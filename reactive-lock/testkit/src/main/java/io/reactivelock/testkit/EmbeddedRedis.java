package io.reactivelock.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import redis.embedded.core.ExecutableProvider;

/** One Redis process with a directory of its own. */
final class EmbeddedRedis implements AutoCloseable {
    private final redis.embedded.RedisServer server;
    private final int port;
    private final String version;
    private final long pid;
    private final Reaper reaper;

    private EmbeddedRedis(redis.embedded.RedisServer server, int port, String version, long pid, Reaper reaper) {
        this.server = server;
        this.port = port;
        this.version = version;
        this.pid = pid;
        this.reaper = reaper;
    }

    static EmbeddedRedis start(List<String> configLines) {
        return Ports.tryUntilFree(port -> start(port, configLines));
    }

    private static EmbeddedRedis start(int port, List<String> configLines) throws IOException {
        Path directory = Files.createTempDirectory("reactive-lock-redis-");
        Path pidFile = directory.resolve("redis.pid");
        List<String> config = new ArrayList<>(List.of(
                "bind 127.0.0.1",
                "port " + port,
                "dir " + directory,
                "pidfile " + pidFile,
                "save \"\"",
                "appendonly no"));
        config.addAll(configLines);
        Path configFile = Files.write(directory.resolve("redis.conf"), config);
        Path executable = ExecutableProvider.newJarResourceProvider(directory.toFile())
                .get()
                .toPath();

        redis.embedded.RedisServer server =
                new redis.embedded.RedisServer(port, List.of(executable.toString(), configFile.toString()), true);
        Reaper reaper = Reaper.of(pidFile, "KILL", directory);
        try {
            server.start();
            long pid = Long.parseLong(Files.readString(pidFile).strip());
            return new EmbeddedRedis(server, port, version(executable), pid, reaper);
        } catch (IOException | RuntimeException e) {
            reaper.close();
            throw e;
        }
    }

    /** Asks the executable, for the server may ask for a password; it says {@code Redis server v=6.2.11 sha=...}. */
    private static String version(Path executable) throws IOException {
        Process process = new ProcessBuilder(executable.toString(), "--version").start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return output.replaceFirst("(?s).*v=(\\S+).*", "$1");
    }

    String version() {
        return version;
    }

    int port() {
        return port;
    }

    long pid() {
        return pid;
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            reaper.close();
        }
    }
}
