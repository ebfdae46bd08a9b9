package io.reactivelock.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
    private final String nameAndVersion;
    private final ProcessHandle process;
    private final Reaper reaper;

    private EmbeddedRedis(RedisInstance server, int port, String nameAndVersion, ProcessHandle process, Reaper reaper) {
        this.server = server;
        this.port = port;
        this.nameAndVersion = nameAndVersion;
        this.process = process;
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
            int port, List<String> configLines, BiFunction<String, String, RedisInstance> instance) throws IOException {
        Path directory = Files.createTempDirectory("reactive-lock-redis-");
        Path pidFile = directory.resolve("redis.pid");
        List<String> config =
                new ArrayList<>(List.of("bind 127.0.0.1", "port " + port, "dir " + directory, "pidfile " + pidFile));
        config.addAll(configLines);
        Path configFile = Files.write(directory.resolve("redis.conf"), config);
        Path executable = executable(directory);

        RedisInstance server = instance.apply(executable.toString(), configFile.toString());
        Reaper reaper = Reaper.of(pidFile, "KILL", directory);
        try {
            server.start();
            long pid = Long.parseLong(Files.readString(pidFile).strip());
            ProcessHandle process = ProcessHandle.of(pid).orElseThrow(() -> new IOException("the server ended"));
            return new EmbeddedRedis(server, port, nameAndVersion(executable), process, reaper);
        } catch (IOException | RuntimeException e) {
            reaper.close();
            throw e;
        }
    }

    private static Path executable(Path directory) throws IOException {
        Optional<String> named = ServerAddress.named(RedisServer.EXECUTABLE_PROPERTY, RedisServer.EXECUTABLE_VARIABLE);
        return named.isPresent()
                ? Path.of(named.get()).toAbsolutePath()
                : ExecutableProvider.newJarResourceProvider(directory.toFile())
                        .get()
                        .toPath();
    }

    /** Asks the executable, for the server may ask for a password; it says {@code Redis server v=6.2.11 sha=...}. */
    private static String nameAndVersion(Path executable) throws IOException {
        Process process = new ProcessBuilder(executable.toString(), "--version").start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return output.replaceFirst("(?s)(\\S+) server v=(\\S+).*", "$1 $2");
    }

    String nameAndVersion() {
        return nameAndVersion;
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Ends the process as {@code kill -9} does, and returns when it is gone. Repeatable. */
    void kill() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
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
