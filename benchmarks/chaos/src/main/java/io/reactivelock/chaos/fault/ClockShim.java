package io.reactivelock.chaos.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * A library that servers preload, and that moves their wall clock by what a file says. Compiled where it is to run, for it is small.
 * Safe for use by several threads.
 */
final class ClockShim implements AutoCloseable {
    private static final String SOURCE = "clock.c";

    private final Path directory;
    private final Path library;
    private final Path offset;

    private ClockShim(Path directory) {
        this.directory = directory;
        this.library = directory.resolve("clock.so");
        this.offset = directory.resolve("offset");
    }

    /**
     * Compiles the library.
     *
     * @throws IOException if there is no C compiler, or it fails
     */
    static ClockShim compile() throws IOException {
        ClockShim shim = new ClockShim(Files.createTempDirectory("reactive-lock-clock-"));
        try {
            shim.set(Duration.ZERO);
            shim.build();
            return shim;
        } catch (IOException | RuntimeException e) {
            shim.close();
            throw e;
        }
    }

    private void build() throws IOException {
        Path source = directory.resolve(SOURCE);
        try (InputStream text = Objects.requireNonNull(ClockShim.class.getResourceAsStream(SOURCE))) {
            Files.copy(text, source);
        }
        Process compiler = new ProcessBuilder(
                        "cc", "-shared", "-fPIC", "-O2", "-o", library.toString(), source.toString())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        if (compiler.onExit().join().exitValue() != 0) {
            throw new IOException("cc cannot compile the shim");
        }
    }

    /** What the process needs in its environment. */
    Map<String, String> environment() {
        return Map.of("LD_PRELOAD", library.toString(), "REACTIVELOCK_CLOCK", offset.toString());
    }

    /** Whether a process has loaded it; one that is linked statically never does. */
    boolean isLoadedBy(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "maps")).contains(library.toString());
    }

    /** Moves the clock, for all processes that have loaded this, to so much before or after the machine's. */
    void set(Duration ahead) {
        ByteBuffer micros =
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(0, ahead.toNanos() / 1000);
        try (FileChannel file = FileChannel.open(offset, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(micros, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            for (String file : new String[] {SOURCE, "clock.so", "offset"}) {
                Files.deleteIfExists(directory.resolve(file));
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
