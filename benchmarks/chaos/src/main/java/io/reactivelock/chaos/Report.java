package io.reactivelock.chaos;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * What came of a run. The components are the keys of the JSON object.
 *
 * @param minutes how long it took
 * @param operations how many operations were in checked histories
 * @param faults how many faults were injected
 * @param faultKinds of how many kinds
 * @param staleAttempted writes with a token that was known to be superseded
 * @param staleAccepted those of them that got through
 * @param lostUpdates acknowledged writes that a later one did not know, on guarded resources
 * @param lostUpdatesUnguarded the same with the lock alone
 * @param lostUpdatesCheckThenWrite the same with a look at the fence before the write
 * @param lostUpdatesNoAdvance the same with a guard that learns of the token at the write only
 * @param duplicateTokensAccepted writes of two holders with one token
 * @param orphanLocks locks that were held when nobody held them
 * @param beliefOverlaps times that two holders believed at once
 * @param unknown writes of which the writer does not know what became
 * @param isVoid whether the run shows nothing
 * @param voidBecause why
 * @param notInjected the kinds of faults that this machine cannot bring about, and why
 * @param faultsMissed times that a fault found its target gone
 */
record Report(
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
        Map<Weather, Long> spans,
        Map<String, Long> faultsByKind,
        Map<String, Long> faultsMissed,
        Map<String, String> notInjected,
        long seed,
        String commit,
        @JsonProperty("void") boolean isVoid,
        List<String> voidBecause) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    static Report of(Plan plan, Tally tally, Duration time) {
        double seconds = time.toMillis() / 1_000.0;
        double rate = tally.operations() / seconds;
        Map<String, Long> faults = tally.faults();
        List<String> reasons = new ArrayList<>();
        for (Mode mode : tally.unharmed()) {
            reasons.add("no update was lost with the protection off, " + mode);
        }
        if (tally.counted(Counter.STALE_ATTEMPTED) == 0) {
            reasons.add("no stale write was tried");
        }
        if (rate < plan.minRate()) {
            reasons.add("fewer than " + plan.minRate() + " operations a second");
        }
        if (faults.size() < plan.minKinds()) {
            reasons.add("fewer than " + plan.minKinds() + " kinds of faults");
        }
        long broken = 0;
        for (Rule rule : Rule.values()) {
            broken += tally.broken(rule);
        }
        return new Report(
                Math.round(seconds / 6) / 10.0,
                tally.operations(),
                Math.round(rate * 10) / 10.0,
                tally.injectedFaults(),
                faults.size(),
                tally.counted(Counter.STALE_ATTEMPTED),
                tally.counted(Counter.STALE_ACCEPTED),
                tally.lostUpdates(Mode.GUARDED),
                tally.lostUpdates(Mode.UNGUARDED),
                tally.lostUpdates(Mode.CHECK_THEN_WRITE),
                tally.lostUpdates(Mode.NO_ADVANCE),
                tally.duplicateTokens(),
                tally.broken(Rule.NO_ORPHAN),
                tally.broken(Rule.ONE_BELIEVER),
                tally.counted(Counter.UNKNOWN),
                tally.counted(Counter.CANCELS),
                tally.counted(Counter.RELEASES),
                tally.counted(Counter.RENEWALS_AFTER_RELEASE),
                tally.lossP99Millis(),
                tally.counted(Counter.UNEXPECTED),
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

    /** Whether nothing was found that breaks a rule. */
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
                        "found their target gone: " + faultsMissed,
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
                                : "The controls took harm, so it could have.");
    }
}
