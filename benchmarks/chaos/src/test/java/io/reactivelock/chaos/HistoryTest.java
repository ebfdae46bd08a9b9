package io.reactivelock.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A worker's history")
class HistoryTest {
    private static final FencingToken TOKEN = new FencingToken(42, new Holder(-1, 7));
    private static final List<Entry> ALL = List.of(
            new Entry.Granted("a", TOKEN, 1, 2),
            new Entry.Believed("a", TOKEN, 2, 3),
            new Entry.Acknowledged(4, 40),
            new Entry.Refused(5, 50),
            new Entry.LossNoticed(6));

    @TempDir
    private Path directory;

    @Test
    @DisplayName("is read as it was written, with what was counted")
    void roundTrip() {
        Path file = write();

        assertThat(read(file)).startsWith(ALL.toArray(Entry[]::new)).endsWith(new Entry.Counted(Counter.READS, 2));
    }

    @Test
    @DisplayName("ends before the entry that was torn when the worker was killed")
    void torn() throws IOException {
        byte[] whole = Files.readAllBytes(write());

        for (int length = 0; length < whole.length; length++) {
            Path cut = Files.write(directory.resolve("cut"), Arrays.copyOf(whole, length));
            assertThat(read(cut))
                    .hasSizeLessThanOrEqualTo(ALL.size())
                    .isEqualTo(firstOf(read(cut).size()));
        }
    }

    private Path write() {
        Path file = directory.resolve("history");
        try (History history = History.create(file)) {
            ALL.forEach(history::add);
            history.count(Counter.READS);
            history.count(Counter.READS);
        }
        return file;
    }

    private static List<Entry> firstOf(int size) {
        return ALL.subList(0, size);
    }

    private static List<Entry> read(Path file) {
        List<Entry> entries = new ArrayList<>();
        HistoryReader.read(file, entries::add);
        return entries;
    }
}
