package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.Hazard;
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
 * Judges the history of one span: what the workers saw, and then the database's log, write by write. Its memory is that of one
 * span; its time is that of sorting it.
 */
final class SpanChecker {
    private final Consumer<Violation> violations;
    private final boolean clocksAndDataWereSafe;
    private final Map<Long, Entry.Acknowledged> acknowledged = new HashMap<>();
    private final Set<Long> refused = new HashSet<>();
    private final Set<Long> logged = new HashSet<>();
    private final Map<String, List<Entry.Granted>> grants = new HashMap<>();
    private final Map<String, List<Entry.Believed>> beliefs = new HashMap<>();
    private final Map<Mode, Long> lostUpdates = new EnumMap<>(Mode.class);
    private long duplicateTokens;
    private @Nullable LoggedWrite before;

    /**
     * @param hazards what was in force: after a step of the server's clock, or a loss of its data, grants are in no order, and two
     *     may hold one lock. What is written has to be right all the same
     * @param violations hears of each violation
     */
    SpanChecker(Set<Hazard> hazards, Consumer<Violation> violations) {
        this.clocksAndDataWereSafe = !hazards.contains(Hazard.CLOCK) && !hazards.contains(Hazard.DATA_LOSS);
        this.violations = violations;
    }

    /** Takes what a worker saw. */
    void saw(Entry entry) {
        if (entry instanceof Entry.Acknowledged write) {
            acknowledged.put(write.op(), write);
        } else if (entry instanceof Entry.Refused write) {
            refused.add(write.op());
        } else if (entry instanceof Entry.Granted grant) {
            grants.computeIfAbsent(grant.resource(), name -> new ArrayList<>()).add(grant);
        } else if (entry instanceof Entry.Believed belief) {
            beliefs.computeIfAbsent(belief.resource(), name -> new ArrayList<>())
                    .add(belief);
        }
    }

    /** Takes what the database logged, after all that was seen, in the order of resource and number. */
    void logged(LoggedWrite write) {
        LoggedWrite last = before != null && before.resource().equals(write.resource()) ? before : null;
        before = write;
        Mode mode = Mode.of(write.resource());
        if (write.seqRead() != write.seq() - 1) {
            lostUpdates.merge(mode, 1L, Long::sum);
        }
        if (mode == Mode.GUARDED) {
            checkGuarded(last, write);
        }
    }

    private void checkGuarded(@Nullable LoggedWrite last, LoggedWrite write) {
        if (write.seqRead() != write.seq() - 1) {
            report(
                    Rule.NO_LOST_UPDATE,
                    "write " + write.seq() + " had read " + write.seqRead() + ": " + write + " after " + last,
                    write.at());
        }
        if (last != null && write.token() < last.token()) {
            report(Rule.TOKENS_IN_ORDER_OF_WRITES, "the token fell: " + write + " after " + last, write.at());
        }
        if (last != null && write.token() == last.token() && !write.holder().equals(last.holder())) {
            duplicateTokens++;
            report(
                    Rule.TOKENS_IN_ORDER_OF_WRITES,
                    "two holders wrote with one token: " + write + " after " + last,
                    write.at());
        }
        if (!logged.add(write.op())) {
            report(Rule.LOG_AS_ANSWERED, "a write was carried out twice: " + write, write.at());
        }
        if (refused.contains(write.op())) {
            report(Rule.LOG_AS_ANSWERED, "a write was refused and carried out: " + write, write.at());
        }
    }

    /** Looks at all that takes the whole history. To be called once, at the end. */
    void end() {
        acknowledged.values().stream()
                .filter(write -> !logged.contains(write.op()))
                .forEach(write ->
                        report(Rule.LOG_AS_ANSWERED, "acknowledged, and not in the log: " + write, write.at()));
        if (clocksAndDataWereSafe) {
            grants.values().forEach(this::checkGrants);
            beliefs.values().forEach(this::checkBeliefs);
        }
    }

    private void checkGrants(List<Entry.Granted> ofResource) {
        Map<Long, Entry.Granted> byToken = new HashMap<>();
        for (Entry.Granted grant : ofResource) {
            Entry.Granted other = byToken.putIfAbsent(grant.token().value(), grant);
            if (other != null) {
                report(
                        Rule.TOKENS_IN_ORDER_OF_GRANTS,
                        "two grants with one token: " + other + " and " + grant,
                        grant.handedOut());
            }
        }
        List<Entry.Granted> byArrival = sorted(ofResource, Comparator.comparing(Entry.Granted::handedOut));
        int arrived = 0;
        Entry.@Nullable Granted highest = null;
        for (Entry.Granted grant : sorted(ofResource, Comparator.comparing(Entry.Granted::asked))) {
            for (; byArrival.get(arrived).handedOut() < grant.asked(); arrived++) {
                Entry.Granted earlier = byArrival.get(arrived);
                if (highest == null || earlier.token().value() > highest.token().value()) {
                    highest = earlier;
                }
            }
            if (highest != null && grant.token().value() <= highest.token().value()) {
                report(
                        Rule.TOKENS_IN_ORDER_OF_GRANTS,
                        "a grant had arrived, and a later one has no higher token: " + highest + " and " + grant,
                        grant.handedOut());
            }
        }
    }

    private void checkBeliefs(List<Entry.Believed> ofResource) {
        Entry.@Nullable Believed longest = null;
        for (Entry.Believed belief : sorted(ofResource, Comparator.comparing(Entry.Believed::from))) {
            if (longest != null && belief.from() < longest.until()) {
                report(
                        Rule.ONE_BELIEVER,
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

    private void report(Rule rule, String what, long at) {
        violations.accept(new Violation(rule, what, at));
    }

    /** Returns how many writes of resources of this mode did not know the write before them. */
    long lostUpdates(Mode mode) {
        return lostUpdates.getOrDefault(mode, 0L);
    }

    /** Returns how often two holders wrote with the same token. */
    long duplicateTokens() {
        return duplicateTokens;
    }
}
