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
    private static final List<HistoryEntry> ALL = List.of(
            new HistoryEntry.Granted("a", TOKEN, 1, 2),
            new HistoryEntry.Believed("a", TOKEN, 2, 3),
            new HistoryEntry.Acknowledged(4, 40),
            new HistoryEntry.Refused(5, 50),
            new HistoryEntry.LossNoticed(6));

    @TempDir
    private Path directory;

    @Test
    @DisplayName("is read as it was written, with what was counted")
    void roundTrip() {
        Path file = write();

        assertThat(read(file))
                .startsWith(ALL.toArray(HistoryEntry[]::new))
                .endsWith(new HistoryEntry.Counted(CountedEvent.READS, 2));
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
            history.count(CountedEvent.READS);
            history.count(CountedEvent.READS);
        }
        return file;
    }

    private static List<HistoryEntry> firstOf(int size) {
        return ALL.subList(0, size);
    }

    private static List<HistoryEntry> read(Path file) {
        List<HistoryEntry> entries = new ArrayList<>();
        HistoryReader.read(file, entries::add);
        return entries;
    }
}
