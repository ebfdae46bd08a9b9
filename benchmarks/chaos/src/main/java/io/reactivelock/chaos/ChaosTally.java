package io.reactivelock.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** The totals of a run so far. Safe for use by several threads. */
final class ChaosTally {
    private static final int SHOWN = 20;
    private static final int DIGITS = 3;

    private final Map<CountedEvent, Long> counted = new EnumMap<>(CountedEvent.class);
    private final Map<WriteProtection, Long> lostUpdates = new EnumMap<>(WriteProtection.class);
    private final Map<HistoryRule, Long> broken = new EnumMap<>(HistoryRule.class);
    private final Map<String, Long> faults = new TreeMap<>();
    private final Map<String, Long> missedFaults = new TreeMap<>();
    private final Map<String, String> impossible = new TreeMap<>();
    private final Map<FaultProfile, Long> spans = new EnumMap<>(FaultProfile.class);
    private final List<String> violations = new ArrayList<>();
    private final Histogram lossMicros = new Histogram(DIGITS);
    private long grants;
    private long acknowledged;
    private long refused;
    private long duplicateTokens;
    private long workersReplaced;

    /** Adds what a worker recorded. */
    synchronized void saw(HistoryEntry entry, FaultProfile profile) {
        if (entry instanceof HistoryEntry.Granted) {
            grants++;
        } else if (entry instanceof HistoryEntry.Acknowledged) {
            acknowledged++;
        } else if (entry instanceof HistoryEntry.Refused) {
            refused++;
        } else if (entry instanceof HistoryEntry.Counted count) {
            counted.merge(count.counter(), count.number(), Long::sum);
        } else if (entry instanceof HistoryEntry.LossNoticed loss && profile == FaultProfile.CALM) {
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
     * @param where the span and the faults in force
     */
    synchronized void broken(Violation violation, String where) {
        broken.merge(violation.rule(), 1L, Long::sum);
        if (violations.size() < SHOWN) {
            violations.add(violation.rule() + ": " + violation.what() + " (" + where + ")");
        }
    }

    synchronized void checked(SpanChecker checker, FaultProfile profile) {
        spans.merge(profile, 1L, Long::sum);
        duplicateTokens += checker.duplicateTokens();
        for (WriteProtection protection : WriteProtection.values()) {
            lostUpdates.merge(protection, checker.lostUpdates(protection), Long::sum);
        }
    }

    synchronized void workerReplaced() {
        workersReplaced++;
    }

    synchronized long operations() {
        return grants
                + acknowledged
                + refused
                + counted(CountedEvent.ADVANCES)
                + counted(CountedEvent.READS)
                + counted(CountedEvent.RELEASES)
                + counted(CountedEvent.CANCELS);
    }

    synchronized long counted(CountedEvent counter) {
        return counted.getOrDefault(counter, 0L);
    }

    synchronized long lostUpdates(WriteProtection protection) {
        return lostUpdates.getOrDefault(protection, 0L);
    }

    /** Returns the controls that have lost no update so far. */
    synchronized List<WriteProtection> unharmed() {
        return Stream.of(WriteProtection.UNGUARDED, WriteProtection.CHECK_THEN_WRITE, WriteProtection.NO_ADVANCE)
                .filter(protection -> lostUpdates(protection) == 0)
                .toList();
    }

    synchronized long broken(HistoryRule rule) {
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

    /** The kinds of faults that no topology of the run could have. */
    synchronized Map<String, String> impossible() {
        Map<String, String> never = new TreeMap<>(impossible);
        never.keySet().removeAll(faults.keySet());
        return never;
    }

    synchronized Map<FaultProfile, Long> spans() {
        return new EnumMap<>(spans);
    }

    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    synchronized double lossP99Millis() {
        return lossMicros.getValueAtPercentile(99) / 1_000.0;
    }
}
