package io.reactivelock.model;

import java.util.List;

/** One step of the protocol done wrong, by its name in FencedLock.tla, and the rules that this breaks. */
enum Mistake {
    noGuard("the storage asks for no token", Rule.NoLostUpdate, Rule.CommittedStays),
    checkThenWrite("the check and the write are two transactions", Rule.NoStaleWrite, Rule.NoLostUpdate),
    noRowLock("the check takes no row lock", Rule.NoStaleWrite, Rule.NoLostUpdate),
    readBeforeAdvance("a holder reads before its advance", Rule.NoLostUpdate),
    advanceRolledBack("a holder reads before its advance is committed", Rule.NoLostUpdate),
    valueSurvivesRollback("a value outlives the transaction that it was read in", Rule.NoLostUpdate),
    advanceOfEqual("the advance takes an equal token of another holder", 1, Rule.OneHolderPerToken, Rule.NoLostUpdate),
    advanceOfLower("the advance does not compare", Rule.FenceRises),
    noOperationId("a commit of unknown outcome is repeated without an id", Rule.AppliedOnce),
    tokenOutsideGrant("the token is counted before the grant, in a step of its own", Rule.TokensRise),
    replayTakesToken("a request that comes again gets another token", Rule.ReplayKeepsToken),
    releaseOfAny("a release frees the lock of whoever has it", Rule.ReleaseFreesOwn),
    renewalCreates("a renewal sets the lock where there is none", Rule.RenewalCreatesNothing),
    lateGrantTaken("a grant counts that came after the cancel", Rule.EndedStaysEnded),
    grantWithoutExpiry("the time to live is set by the first renewal", Rule.OrphansExpire);

    final String what;
    private final int regressions;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    final List<Rule> broken;

    Mistake(String what, Rule... broken) {
        this(what, 0, broken);
    }

    Mistake(String what, int regressions, Rule... broken) {
        this.what = what;
        this.regressions = regressions;
        this.broken = List.of(broken);
    }

    /** The smallest model in which it breaks them. */
    Bounds bounds() {
        return new Bounds(2, 2, regressions);
    }
}
