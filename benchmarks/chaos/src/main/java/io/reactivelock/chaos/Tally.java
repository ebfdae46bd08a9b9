package io.reactivelock.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** The sums of a run so far. Safe for use by several threads. */
final class Tally {
    private static final int SHOWN = 20;
    private static final int DIGITS = 3;

    private final Map<Counter, Long> counted = new EnumMap<>(Counter.class);
    private final Map<Mode, Long> lostUpdates = new EnumMap<>(Mode.class);
    private final Map<Rule, Long> broken = new EnumMap<>(Rule.class);
    private final Map<String, Long> faults = new TreeMap<>();
    private final Map<String, Long> missedFaults = new TreeMap<>();
    private final Map<String, String> impossible = new TreeMap<>();
    private final Map<Weather, Long> spans = new EnumMap<>(Weather.class);
    private final List<String> violations = new ArrayList<>();
    private final Histogram lossMicros = new Histogram(DIGITS);
    private long grants;
    private long acknowledged;
    private long refused;
    private long duplicateTokens;
    private long workersReplaced;

    /** Takes what a worker saw. */
    synchronized void saw(Entry entry, Weather weather) {
        if (entry instanceof Entry.Granted) {
            grants++;
        } else if (entry instanceof Entry.Acknowledged) {
            acknowledged++;
        } else if (entry instanceof Entry.Refused) {
            refused++;
        } else if (entry instanceof Entry.Counted count) {
            counted.merge(count.counter(), count.number(), Long::sum);
        } else if (entry instanceof Entry.LossNoticed loss && weather == Weather.CALM) {
            lossMicros.recordValue(loss.nanos() / 1_000);
        }
    }

    synchronized void injected(Injected fault) {
        (fault.trouble() == null ? faults : missedFaults).merge(fault.kind(), 1L, Long::sum);
    }

    synchronized void impossible(Map<String, String> kinds) {
        impossible.putAll(kinds);
    }

    /**
     * @param where which span, and what was in force
     */
    synchronized void broken(Violation violation, String where) {
        broken.merge(violation.rule(), 1L, Long::sum);
        if (violations.size() < SHOWN) {
            violations.add(violation.rule() + ": " + violation.what() + " (" + where + ")");
        }
    }

    synchronized void checked(SpanChecker checker, Weather weather) {
        spans.merge(weather, 1L, Long::sum);
        duplicateTokens += checker.duplicateTokens();
        for (Mode mode : Mode.values()) {
            lostUpdates.merge(mode, checker.lostUpdates(mode), Long::sum);
        }
    }

    synchronized void workerReplaced() {
        workersReplaced++;
    }

    synchronized long operations() {
        return grants
                + acknowledged
                + refused
                + counted(Counter.ADVANCES)
                + counted(Counter.READS)
                + counted(Counter.RELEASES)
                + counted(Counter.CANCELS);
    }

    synchronized long counted(Counter counter) {
        return counted.getOrDefault(counter, 0L);
    }

    synchronized long lostUpdates(Mode mode) {
        return lostUpdates.getOrDefault(mode, 0L);
    }

    /** Returns the controls that lost nothing so far. */
    synchronized List<Mode> unharmed() {
        return Stream.of(Mode.UNGUARDED, Mode.CHECK_THEN_WRITE, Mode.NO_ADVANCE)
                .filter(mode -> lostUpdates(mode) == 0)
                .toList();
    }

    synchronized long broken(Rule rule) {
        return broken.getOrDefault(rule, 0L);
    }

    synchronized long duplicateTokens() {
        return duplicateTokens;
    }

    synchronized long workersReplaced() {
        return workersReplaced;
    }

    synchronized Map<String, Long> faults() {
        return new TreeMap<>(faults);
    }

    synchronized long injectedFaults() {
        return faults.values().stream().mapToLong(Long::longValue).sum();
    }

    synchronized Map<String, Long> missedFaults() {
        return new TreeMap<>(missedFaults);
    }

    /** Those that were possible in no topology of the run. */
    synchronized Map<String, String> impossible() {
        Map<String, String> never = new TreeMap<>(impossible);
        never.keySet().removeAll(faults.keySet());
        return never;
    }

    synchronized Map<Weather, Long> spans() {
        return new EnumMap<>(spans);
    }

    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    synchronized double lossP99Millis() {
        return lossMicros.getValueAtPercentile(99) / 1_000.0;
    }
}
