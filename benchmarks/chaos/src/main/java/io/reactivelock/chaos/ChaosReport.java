package io.reactivelock.chaos;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * The result of a run. The components are the keys of the JSON object.
 *
 * @param minutes how long it took
 * @param operations how many operations were in checked histories
 * @param faults how many faults were injected
 * @param faultKinds how many kinds of faults were injected
 * @param staleAttempted writes with a token that the worker knew to be superseded
 * @param staleAccepted how many of these were accepted
 * @param lostUpdates acknowledged writes that the next one overwrote unread, on guarded resources
 * @param lostUpdatesUnguarded the same with the lock alone
 * @param lostUpdatesCheckThenWrite the same with a check of the fence before the write
 * @param lostUpdatesNoAdvance the same with a guard that sees the token only at the write
 * @param duplicateTokensAccepted accepted writes of two holders with the same token
 * @param orphanLocks locks that stayed taken without a holder
 * @param beliefOverlaps how often two holders believed at the same time that they held a lock
 * @param unknown writes with an unknown outcome
 * @param isVoid whether the run proves nothing
 * @param voidBecause the reasons
 * @param notInjected the kinds of faults that this machine cannot inject, and why
 * @param faultsMissed how often a fault was not injected, for its target was gone or taken
 */
record ChaosReport(
        double minutes,
        long operations,
        double operationsPerSecond,
        long faults,
        int faultKinds,
        long staleAttempted,
        long staleAccepted,
        long lostUpdates,
        long lostUpdatesUnguarded,
        long lostUpdatesCheckThenWrite,
        long lostUpdatesNoAdvance,
        long duplicateTokensAccepted,
        long orphanLocks,
        long beliefOverlaps,
        long unknown,
        long cancels,
        long releases,
        long renewalsAfterRelease,
        double lossNoticedP99Millis,
        long unexpectedFailures,
        long workersReplaced,
        long historyViolations,
        List<String> violations,
        Map<FaultProfile, Long> spans,
        Map<String, Long> faultsByKind,
        Map<String, Long> faultsMissed,
        Map<String, String> notInjected,
        long seed,
        String commit,
        @JsonProperty("void") boolean isVoid,
        List<String> voidBecause) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    static ChaosReport of(ChaosPlan plan, ChaosTally tally, Duration time) {
        double seconds = time.toMillis() / 1_000.0;
        double rate = tally.operations() / seconds;
        Map<String, Long> faults = tally.faults();
        List<String> reasons = new ArrayList<>();
        for (WriteProtection protection : tally.unharmed()) {
            reasons.add("the control " + protection + " lost no update");
        }
        if (tally.counted(CountedEvent.STALE_ATTEMPTED) == 0) {
            reasons.add("no stale write was tried");
        }
        if (rate < plan.minRate()) {
            reasons.add("fewer than " + plan.minRate() + " operations per second");
        }
        if (faults.size() < plan.minKinds()) {
            reasons.add("fewer than " + plan.minKinds() + " kinds of faults");
        }
        long broken = 0;
        for (HistoryRule rule : HistoryRule.values()) {
            broken += tally.broken(rule);
        }
        return new ChaosReport(
                Math.round(seconds / 6) / 10.0,
                tally.operations(),
                Math.round(rate * 10) / 10.0,
                tally.injectedFaults(),
                faults.size(),
                tally.counted(CountedEvent.STALE_ATTEMPTED),
                tally.counted(CountedEvent.STALE_ACCEPTED),
                tally.lostUpdates(WriteProtection.GUARDED),
                tally.lostUpdates(WriteProtection.UNGUARDED),
                tally.lostUpdates(WriteProtection.CHECK_THEN_WRITE),
                tally.lostUpdates(WriteProtection.NO_ADVANCE),
                tally.duplicateTokens(),
                tally.broken(HistoryRule.NO_ORPHAN),
                tally.broken(HistoryRule.ONE_BELIEVER),
                tally.counted(CountedEvent.UNKNOWN),
                tally.counted(CountedEvent.CANCELS),
                tally.counted(CountedEvent.RELEASES),
                tally.counted(CountedEvent.RENEWALS_AFTER_RELEASE),
                tally.lossP99Millis(),
                tally.counted(CountedEvent.UNEXPECTED),
                tally.workersReplaced(),
                broken,
                tally.violations(),
                tally.spans(),
                faults,
                tally.missedFaults(),
                tally.impossible(),
                plan.seed(),
                System.getProperty("reactivelock.chaos.commit", ""),
                !reasons.isEmpty(),
                reasons);
    }

    /** Whether no rule was broken. */
    boolean isClean() {
        return historyViolations == 0 && staleAccepted == 0 && renewalsAfterRelease == 0;
    }

    String json() {
        return JSON.writeValueAsString(this);
    }

    String text() {
        String verdict = isClean() ? "Found no violation in " + operations + " operations." : "FOUND VIOLATIONS.";
        String found = violations.stream()
                .map(line -> "VIOLATION " + line + System.lineSeparator())
                .collect(Collectors.joining());
        return found
                + String.join(
                        System.lineSeparator(),
                        String.format(
                                "%.1f minutes, %d operations (%.0f a second), seed %d, spans %s",
                                minutes, operations, operationsPerSecond, seed, spans),
                        "faults: " + faults + " of " + faultKinds + " kinds: " + faultsByKind,
                        "target gone or taken: " + faultsMissed,
                        "not injected: " + notInjected,
                        "stale writes attempted " + staleAttempted + ", accepted " + staleAccepted,
                        "updates lost: guarded " + lostUpdates + "; lock alone " + lostUpdatesUnguarded
                                + ", check then write " + lostUpdatesCheckThenWrite + ", no advance "
                                + lostUpdatesNoAdvance,
                        "duplicate tokens accepted " + duplicateTokensAccepted + ", overlaps of belief "
                                + beliefOverlaps,
                        "cancels " + cancels + ", orphan locks " + orphanLocks,
                        "releases " + releases + ", renewals after release " + renewalsAfterRelease,
                        "loss noticed within " + lossNoticedP99Millis + " ms (p99, calm spans)",
                        "unknown outcomes " + unknown + ", unexpected failures " + unexpectedFailures,
                        verdict,
                        isVoid
                                ? "The run is void: " + String.join("; ", voidBecause) + "."
                                : "The controls lost updates, so this run could have found a violation.");
    }
}
