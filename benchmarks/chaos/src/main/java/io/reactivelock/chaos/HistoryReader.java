package io.reactivelock.chaos;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Reads what {@link History} wrote. */
final class HistoryReader {
    private HistoryReader() {}

    /** Reads all entries; the last one may be torn, where the worker was killed. */
    static void read(Path file, Consumer<HistoryEntry> entries) {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            while (true) {
                entries.accept(HistoryEntry.readFrom(in));
            }
        } catch (EOFException end) {
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
