package io.reactivelock.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import redis.embedded.RedisInstance;
import redis.embedded.core.ExecutableProvider;

/** One Redis process, a server or a sentinel, with a directory of its own. */
final class EmbeddedRedis implements AutoCloseable {
    private static final String CLUSTER = "cluster-enabled yes";
    /** How far the port of a Cluster's bus is above the port of the clients. */
    private static final int BUS = 10_000;

    private final RedisInstance server;
    private final int port;
    private final String version;
    private final long pid;
    private final Reaper reaper;

    private EmbeddedRedis(RedisInstance server, int port, String version, long pid, Reaper reaper) {
        this.server = server;
        this.port = port;
        this.version = version;
        this.pid = pid;
        this.reaper = reaper;
    }

    static EmbeddedRedis start(List<String> configLines) {
        List<String> config = new ArrayList<>(List.of("save \"\"", "appendonly no"));
        config.addAll(configLines);
        return Ports.tryUntilFree(
                configLines.contains(CLUSTER) ? BUS : 0,
                port -> start(
                        port,
                        config,
                        (executable, file) -> new redis.embedded.RedisServer(port, List.of(executable, file), true)));
    }

    static EmbeddedRedis sentinel(List<String> configLines) {
        return Ports.tryUntilFree(port -> start(
                port,
                configLines,
                (executable, file) ->
                        new redis.embedded.RedisSentinel(port, List.of(executable, file, "--sentinel"), true)));
    }

    private static EmbeddedRedis start(
            int port, List<String> configLines, BiFunction<String, String, RedisInstance> process) throws IOException {
        Path directory = Files.createTempDirectory("reactive-lock-redis-");
        Path pidFile = directory.resolve("redis.pid");
        List<String> config =
                new ArrayList<>(List.of("bind 127.0.0.1", "port " + port, "dir " + directory, "pidfile " + pidFile));
        config.addAll(configLines);
        Path configFile = Files.write(directory.resolve("redis.conf"), config);
        Path executable = ExecutableProvider.newJarResourceProvider(directory.toFile())
                .get()
                .toPath();

        RedisInstance server = process.apply(executable.toString(), configFile.toString());
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

    boolean isAlive() {
        return server.isActive();
    }

    /** Ends the process at once, as {@code kill -9} does. Repeatable. */
    void kill() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            kill();
        } finally {
            reaper.close();
        }
    }
}
