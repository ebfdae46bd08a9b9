package io.reactivelock.fencing.r2dbc;

import static io.reactivelock.fencing.r2dbc.Database.PATIENCE;

import io.r2dbc.spi.Connection;
import io.reactivelock.testservers.PostgresServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** A server over a copy of an embedded primary's files, taken while it runs. */
final class ServerCopy implements AutoCloseable {
    private final Process process;
    private final int port;

    private ServerCopy(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** A hot standby that hears nothing more from its primary. */
    static ServerCopy standby(PostgresServer primary, Path directory) throws IOException, SQLException {
        return start(primary, directory, true, List.of("-c", "hot_standby=on"));
    }

    /** A hot standby that follows its primary, which it finds at this address. */
    static ServerCopy following(PostgresServer primary, String host, int port, Path directory)
            throws IOException, SQLException {
        String source = "host=" + host + " port=" + port + " user=" + primary.username() + " application_name=standby";
        return start(primary, directory, true, List.of("-c", "hot_standby=on", "-c", "primary_conninfo=" + source));
    }

    /** What somebody gets who restores a backup that was taken now. */
    static ServerCopy restored(PostgresServer primary, Path directory) throws IOException, SQLException {
        return start(primary, directory, false, List.of());
    }

    private static ServerCopy start(PostgresServer primary, Path directory, boolean standby, List<String> settings)
            throws IOException, SQLException {
        Path data = directory.resolve("data");
        String url = "jdbc:postgresql://" + primary.host() + ":" + primary.port() + "/" + primary.database();
        String binaries;
        try (java.sql.Connection connection = DriverManager.getConnection(url, primary.username(), primary.password());
                Statement statement = connection.createStatement()) {
            binaries = one(statement, "SELECT setting FROM pg_config WHERE name = 'BINDIR'");
            Path source = Path.of(one(statement, "SHOW data_directory"));
            // as both were called before PostgreSQL 15
            boolean isOld = connection.getMetaData().getDatabaseMajorVersion() < 15;
            one(
                    statement,
                    isOld
                            ? "SELECT pg_start_backup('standby', true, false)"
                            : "SELECT pg_backup_start('standby', true)");
            copy(source, data);
            String label = one(
                    statement,
                    "SELECT labelfile FROM " + (isOld ? "pg_stop_backup(false, true)" : "pg_backup_stop(false)"));
            copy(source.resolve("pg_wal"), data.resolve("pg_wal"));
            Files.writeString(data.resolve("backup_label"), label);
        }
        if (standby) {
            Files.createFile(data.resolve("standby.signal"));
        }
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        int port = freePort();
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("unshare", "-U")); // PostgreSQL refuses to run as root
        }
        command.addAll(List.of(
                binaries + "/postgres",
                "-D",
                data.toString(),
                "-c",
                "port=" + port,
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=200"));
        command.addAll(settings);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        return new ServerCopy(process, port);
    }

    int port() {
        return port;
    }

    Connection connect(Database database) {
        return Objects.requireNonNull(
                Mono.from(database.factory("127.0.0.1", port).create())
                        .retryWhen(Retry.fixedDelay(500, Duration.ofMillis(20)))
                        .block(PATIENCE));
    }

    /** Makes a standby the primary. */
    void promote(Database database) {
        Connection connection = connect(database);
        Database.run(connection, "SELECT pg_promote()").block(PATIENCE);
        Database.close(connection);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }

    private static String one(Statement statement, String sql) throws SQLException {
        try (ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    /** What changes or vanishes meanwhile is made good from the log, as it is for every online backup. */
    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copy = target.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else if (!file.endsWith("postmaster.pid")) {
                    copyFile(file, copy);
                }
            }
        }
    }

    private static void copyFile(Path file, Path copy) throws IOException {
        try {
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        } catch (FileSystemException gone) {
            if (Files.exists(file)) {
                throw gone;
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
