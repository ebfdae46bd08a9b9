package io.reactivelock.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import redis.embedded.RedisInstance;
import redis.embedded.core.ExecutableProvider;

/** One Redis, a server or a sentinel, with a directory of its own: one process at a time. Safe for use by several threads. */
final class EmbeddedRedis implements AutoCloseable {
    private static final String CLUSTER = "cluster-enabled yes";
    /** How far the port of a Cluster's bus is above the port of the clients. */
    private static final int BUS = 10_000;
    /** Runs a command with variables of its own, as the same process. */
    private static final String ENV = "/usr/bin/env";

    private static final String PID_FILE = "redis.pid";
    /** Where Redis keeps its data; the second is a directory, from Redis 7 on. */
    private static final List<String> DATA = List.of("appendonly.aof", "appendonlydir", "dump.rdb");

    private final RedisInstance server;
    private final int port;
    private final String nameAndVersion;
    private final Path directory;
    private final Reaper reaper;
    private volatile ProcessHandle process;

    private EmbeddedRedis(RedisInstance server, int port, String nameAndVersion, Path directory, Reaper reaper)
            throws IOException {
        this.server = server;
        this.port = port;
        this.nameAndVersion = nameAndVersion;
        this.directory = directory;
        this.reaper = reaper;
        this.process = process(directory);
    }

    static EmbeddedRedis start(List<String> configLines) {
        return start(Map.of(), configLines);
    }

    static EmbeddedRedis start(Map<String, String> environment, List<String> configLines) {
        List<String> config = new ArrayList<>(List.of("save \"\"", "appendonly no"));
        config.addAll(configLines);
        return Ports.tryUntilFree(
                configLines.contains(CLUSTER) ? BUS : 0,
                port -> start(
                        port,
                        config,
                        (executable, file) -> new redis.embedded.RedisServer(
                                port, commandLine(environment, List.of(executable, file)), true)));
    }

    /** The embedding library gives its processes no variables of ours. */
    private static List<String> commandLine(Map<String, String> environment, List<String> command) {
        if (environment.isEmpty()) {
            return command;
        }
        List<String> line = new ArrayList<>(List.of(ENV));
        environment.forEach((name, value) -> line.add(name + "=" + value));
        line.addAll(command);
        return line;
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
        Path pidFile = directory.resolve(PID_FILE);
        List<String> config =
                new ArrayList<>(List.of("bind 127.0.0.1", "port " + port, "dir " + directory, "pidfile " + pidFile));
        config.addAll(configLines);
        Path configFile = Files.write(directory.resolve("redis.conf"), config);
        Path executable = executable(directory);

        RedisInstance server = instance.apply(executable.toString(), configFile.toString());
        Reaper reaper = Reaper.of(pidFile, "KILL", directory);
        try {
            server.start();
            return new EmbeddedRedis(server, port, nameAndVersion(executable), directory, reaper);
        } catch (IOException | RuntimeException e) {
            reaper.close();
            throw e;
        }
    }

    private static ProcessHandle process(Path directory) throws IOException {
        long pid = Long.parseLong(Files.readString(directory.resolve(PID_FILE)).strip());
        return ProcessHandle.of(pid).orElseThrow(() -> new IOException("the server ended"));
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
    synchronized void kill() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** Kills the process, if it runs, and starts another one on the same port, with what was persisted. */
    synchronized void restart() {
        kill();
        try {
            server.start();
            process = process(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("no server started again on port " + port, e);
        }
    }

    /** The same, without what was persisted. A node of a Cluster stays the node that it was. */
    synchronized void restartEmpty() {
        kill();
        try {
            for (String data : DATA) {
                delete(directory.resolve(data));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        restart();
    }

    private static void delete(Path data) throws IOException {
        if (Files.exists(data)) {
            try (Stream<Path> files = Files.walk(data)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
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
