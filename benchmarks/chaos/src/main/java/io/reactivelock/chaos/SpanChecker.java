package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.RelaxedGuarantee;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks the history of one span: first what the workers recorded, then the database's log, write by write. Needs memory for one span,
 * and time to sort it.
 */
final class SpanChecker {
    private final Consumer<Violation> violations;
    private final boolean clocksAndDataWereSafe;
    private final Map<Long, HistoryEntry.Acknowledged> acknowledged = new HashMap<>();
    private final Set<Long> refused = new HashSet<>();
    private final Set<Long> logged = new HashSet<>();
    private final Map<String, List<HistoryEntry.Granted>> grants = new HashMap<>();
    private final Map<String, List<HistoryEntry.Believed>> beliefs = new HashMap<>();
    private final Map<WriteProtection, Long> lostUpdates = new EnumMap<>(WriteProtection.class);
    private long duplicateTokens;
    private @Nullable LoggedWrite before;

    /**
     * @param relaxed the guarantees that the faults of the span took away. Without a steady clock and durable grants, grants come in any
     *     order and two holders may have one lock. The writes must be right all the same
     * @param violations receives each violation
     */
    SpanChecker(Set<RelaxedGuarantee> relaxed, Consumer<Violation> violations) {
        this.clocksAndDataWereSafe =
                !relaxed.contains(RelaxedGuarantee.STEADY_CLOCK) && !relaxed.contains(RelaxedGuarantee.DURABLE_GRANTS);
        this.violations = violations;
    }

    /** Adds what a worker recorded. */
    void saw(HistoryEntry entry) {
        if (entry instanceof HistoryEntry.Acknowledged write) {
            acknowledged.put(write.op(), write);
        } else if (entry instanceof HistoryEntry.Refused write) {
            refused.add(write.op());
        } else if (entry instanceof HistoryEntry.Granted grant) {
            grants.computeIfAbsent(grant.resource(), name -> new ArrayList<>()).add(grant);
        } else if (entry instanceof HistoryEntry.Believed belief) {
            beliefs.computeIfAbsent(belief.resource(), name -> new ArrayList<>())
                    .add(belief);
        }
    }

    /** Adds a write of the database's log, after all that the workers recorded, in the order of resource and number. */
    void logged(LoggedWrite write) {
        LoggedWrite last = before != null && before.resource().equals(write.resource()) ? before : null;
        before = write;
        WriteProtection protection = WriteProtection.of(write.resource());
        if (write.seqRead() != write.seq() - 1) {
            lostUpdates.merge(protection, 1L, Long::sum);
        }
        if (protection == WriteProtection.GUARDED) {
            checkGuarded(last, write);
        }
    }

    private void checkGuarded(@Nullable LoggedWrite last, LoggedWrite write) {
        if (write.seqRead() != write.seq() - 1) {
            report(
                    HistoryRule.NO_LOST_UPDATE,
                    "write " + write.seq() + " had read " + write.seqRead() + ": " + write + " after " + last,
                    write.at());
        }
        if (last != null && write.token() < last.token()) {
            report(HistoryRule.TOKENS_IN_ORDER_OF_WRITES, "the token fell: " + write + " after " + last, write.at());
        }
        if (last != null && write.token() == last.token() && !write.holder().equals(last.holder())) {
            duplicateTokens++;
            report(
                    HistoryRule.TOKENS_IN_ORDER_OF_WRITES,
                    "two holders wrote with one token: " + write + " after " + last,
                    write.at());
        }
        if (!logged.add(write.op())) {
            report(HistoryRule.LOG_AS_ANSWERED, "a write was carried out twice: " + write, write.at());
        }
        if (refused.contains(write.op())) {
            report(HistoryRule.LOG_AS_ANSWERED, "a write was refused and carried out: " + write, write.at());
        }
    }

    /** Looks at all that takes the whole history. To be called once, at the end. */
    void end() {
        acknowledged.values().stream()
                .filter(write -> !logged.contains(write.op()))
                .forEach(write ->
                        report(HistoryRule.LOG_AS_ANSWERED, "acknowledged, and not in the log: " + write, write.at()));
        if (clocksAndDataWereSafe) {
            grants.values().forEach(this::checkGrants);
            beliefs.values().forEach(this::checkBeliefs);
        }
    }

    private void checkGrants(List<HistoryEntry.Granted> ofResource) {
        Map<Long, HistoryEntry.Granted> byToken = new HashMap<>();
        for (HistoryEntry.Granted grant : ofResource) {
            HistoryEntry.Granted other = byToken.putIfAbsent(grant.token().value(), grant);
            if (other != null) {
                report(
                        HistoryRule.TOKENS_IN_ORDER_OF_GRANTS,
                        "two grants with one token: " + other + " and " + grant,
                        grant.handedOut());
            }
        }
        List<HistoryEntry.Granted> byArrival =
                sorted(ofResource, Comparator.comparing(HistoryEntry.Granted::handedOut));
        int arrived = 0;
        HistoryEntry.@Nullable Granted highest = null;
        for (HistoryEntry.Granted grant : sorted(ofResource, Comparator.comparing(HistoryEntry.Granted::asked))) {
            for (; byArrival.get(arrived).handedOut() < grant.asked(); arrived++) {
                HistoryEntry.Granted earlier = byArrival.get(arrived);
                if (highest == null || earlier.token().value() > highest.token().value()) {
                    highest = earlier;
                }
            }
            if (highest != null && grant.token().value() <= highest.token().value()) {
                report(
                        HistoryRule.TOKENS_IN_ORDER_OF_GRANTS,
                        "a grant had arrived, and a later one has no higher token: " + highest + " and " + grant,
                        grant.handedOut());
            }
        }
    }

    private void checkBeliefs(List<HistoryEntry.Believed> ofResource) {
        HistoryEntry.@Nullable Believed longest = null;
        for (HistoryEntry.Believed belief : sorted(ofResource, Comparator.comparing(HistoryEntry.Believed::from))) {
            if (longest != null && belief.from() < longest.until()) {
                report(
                        HistoryRule.ONE_BELIEVER,
                        "two believed to hold at once, for " + (longest.until() - belief.from()) + " ns: " + longest
                                + " and " + belief,
                        belief.from());
            }
            if (longest == null || belief.until() > longest.until()) {
                longest = belief;
            }
        }
    }

    private static <T> List<T> sorted(List<T> list, Comparator<T> order) {
        List<T> copy = new ArrayList<>(list);
        copy.sort(order);
        return copy;
    }

    private void report(HistoryRule rule, String what, long at) {
        violations.accept(new Violation(rule, what, at));
    }

    /** Returns how many writes with this protection had not read the write before them. */
    long lostUpdates(WriteProtection protection) {
        return lostUpdates.getOrDefault(protection, 0L);
    }

    /** Returns how often two holders wrote with the same token. */
    long duplicateTokens() {
        return duplicateTokens;
    }
}
