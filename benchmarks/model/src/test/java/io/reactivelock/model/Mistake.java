package io.reactivelock.model;

import java.util.List;

/** One step of the protocol done wrong, by its name in FencedLock.tla, and the rules that this breaks. */
enum Mistake {
    noGuard("the storage asks for no token", ModelRule.NoLostUpdate, ModelRule.CommittedStays),
    checkThenWrite("the check and the write are two transactions", ModelRule.NoStaleWrite, ModelRule.NoLostUpdate),
    noRowLock("the check takes no row lock", ModelRule.NoStaleWrite, ModelRule.NoLostUpdate),
    readBeforeAdvance("a holder reads before its advance", ModelRule.NoLostUpdate),
    advanceRolledBack("a holder reads before its advance is committed", ModelRule.NoLostUpdate),
    valueSurvivesRollback("a value outlives the transaction that it was read in", ModelRule.NoLostUpdate),
    advanceOfEqual(
            "the advance takes an equal token of another holder",
            1,
            ModelRule.OneHolderPerToken,
            ModelRule.NoLostUpdate),
    advanceOfLower("the advance does not compare", ModelRule.FenceRises),
    noOperationId("a commit of unknown outcome is repeated without an id", ModelRule.AppliedOnce),
    tokenOutsideGrant("the token is counted before the grant, in a step of its own", ModelRule.TokensRise),
    replayTakesToken("a request that comes again gets another token", ModelRule.ReplayKeepsToken),
    releaseOfAny("a release frees the lock of whoever has it", ModelRule.ReleaseFreesOwn),
    renewalCreates("a renewal sets the lock where there is none", ModelRule.RenewalCreatesNothing),
    lateGrantTaken("a grant counts that came after the cancel", ModelRule.EndedStaysEnded),
    grantWithoutExpiry("the time to live is set by the first renewal", ModelRule.OrphansExpire);

    final String what;
    private final int regressions;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    final List<ModelRule> broken;

    Mistake(String what, ModelRule... broken) {
        this(what, 0, broken);
    }

    Mistake(String what, int regressions, ModelRule... broken) {
        this.what = what;
        this.regressions = regressions;
        this.broken = List.of(broken);
    }

    /** The smallest model in which it breaks them. */
    Bounds bounds() {
        return new Bounds(2, 2, regressions);
    }
}
