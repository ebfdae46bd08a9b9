package io.reactivelock.model;

import java.util.List;
import java.util.stream.Collectors;

/** A property that holds in each state or each step of the model, by its name in FencedLock.tla. */
enum ModelRule {
    TypeOK(Kind.INVARIANTS),
    NoLostUpdate(Kind.INVARIANTS),
    CommittedStays(Kind.PROPERTIES),
    AppliedOnce(Kind.INVARIANTS),
    NoStaleWrite(Kind.INVARIANTS),
    OneHolderPerToken(Kind.INVARIANTS),
    FenceRises(Kind.PROPERTIES),
    TokensRise(Kind.INVARIANTS),
    ReplayKeepsToken(Kind.INVARIANTS),
    ReleaseFreesOwn(Kind.INVARIANTS),
    RenewalCreatesNothing(Kind.INVARIANTS),
    EndedStaysEnded(Kind.INVARIANTS),
    OrphansExpire(Kind.INVARIANTS);

    private enum Kind {
        INVARIANTS,
        PROPERTIES
    }

    private final Kind kind;

    ModelRule(Kind kind) {
        this.kind = kind;
    }

    /** The lines of a TLC configuration that ask for these rules. */
    static String configuration(List<ModelRule> rules) {
        return rules.stream().map(rule -> rule.kind + " " + rule).collect(Collectors.joining("\n", "", "\n"));
    }
}
