package io.reactivelock.demo;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The results of all modes, for people and for programs. The components are the keys of the JSON object.
 *
 * @param redis description of the Redis server
 * @param postgres description of the PostgreSQL server
 * @param modes one result for each mode
 */
record DemoReport(String redis, String postgres, List<ModeResult> modes) {
    /** One line of the table: its title, and how to get the value of each mode. */
    private record Line(String title, Function<ModeResult, String> value) {}

    private static final List<Line> LINES = List.of(
            new Line("units in stock", result -> count(result.stock())),
            new Line("sold", result -> count(result.sold())),
            new Line("oversold", result -> count(result.oversold())),
            new Line("lost updates", result -> count(result.lostUpdates())),
            new Line("stale writes attempted", result -> count(result.staleWritesAttempted())),
            new Line("  rejected", result -> count(result.staleWritesRejected())),
            new Line("  accepted", result -> count(result.staleWritesAccepted())),
            new Line("acquire p50", result -> millis(result.acquireP50Millis())),
            new Line("acquire p99", result -> millis(result.acquireP99Millis())),
            new Line("hand-offs", locked(ModeResult::handOffs)),
            new Line("renewals", locked(ModeResult::renewals)),
            new Line("leases lost", locked(ModeResult::leasesLost)),
            new Line("  noticed after at most", result -> millis(result.lossNoticedAfterMillis())),
            new Line("time", result -> String.format(Locale.ROOT, "%.1f s", result.millis() / 1_000.0)));

    /** Whether the guarded mode was exact. */
    boolean isExact() {
        return of(DemoMode.GUARDED).isExact();
    }

    String table() {
        List<Column> columns = new ArrayList<>();
        columns.add(new Column().header("").dataAlign(HorizontalAlign.LEFT));
        modes.forEach(result -> columns.add(new Column()
                .header(result.mode().title())
                .headerAlign(HorizontalAlign.RIGHT)
                .dataAlign(HorizontalAlign.RIGHT)
                .minWidth(14)));
        Object[][] cells = LINES.stream().map(this::cells).toArray(Object[][]::new);
        return AsciiTable.getTable(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS, columns.toArray(new Column[0]), cells);
    }

    /** Explains the table. */
    String legend() {
        return "A write is stale if a later holder had begun, so that its token is the lower one. With no lock there are no tokens;"
                + " there, if another sale had been written since its read.";
    }

    private Object[] cells(Line line) {
        List<String> cells = new ArrayList<>();
        cells.add(line.title());
        modes.forEach(result -> cells.add(line.value().apply(result)));
        return cells.toArray();
    }

    /** The conclusion, in words. */
    String conclusion() {
        ModeResult guarded = of(DemoMode.GUARDED);
        String damage = "With no lock " + damage(of(DemoMode.NONE)) + "; with the lock alone "
                + damage(of(DemoMode.LOCK)) + "; with lock and guard ";
        if (guarded.isExact()) {
            return damage + "each of the " + guarded.staleWritesAttempted() + " stale writes was refused, and all "
                    + guarded.sold() + " sales are in the stock: no unit was sold twice.";
        }
        if (guarded.staleWritesAttempted() == 0) {
            return damage + "no stale write was tried, so this run shows nothing about the guard.";
        }
        return damage + damage(guarded) + ": the guard failed.";
    }

    private static String damage(ModeResult result) {
        return result.staleWritesAccepted() + " stale writes got through, " + result.lostUpdates()
                + " sales were lost from the stock and " + result.oversold() + " units sold that were not there";
    }

    String json() {
        return JsonLines.line(this);
    }

    private ModeResult of(DemoMode mode) {
        return modes.stream()
                .filter(result -> result.mode() == mode)
                .findFirst()
                .orElseThrow();
    }

    private static Function<ModeResult, String> locked(Function<ModeResult, Long> value) {
        return result -> result.mode() == DemoMode.NONE ? "-" : count(value.apply(result));
    }

    private static String count(long value) {
        return Long.toString(value);
    }

    private static String millis(@Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, "%.1f ms", value);
    }
}
