package io.reactivelock.internal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A grant meets what else can end an acquire. In each interleaving one of them wins, and the others know. */
public final class AcquireRaces {
    private static final String FREE = "caller waits, lock free";
    private static final String HELD = "caller has it, lock held";
    private static final String GIVEN_BACK = "caller had it, lock free";
    private static final String TOO_LATE = "caller got LockBackendException, lock free";
    private static final String DISPOSED = "caller got LockClientDisposedException, lock free";

    private AcquireRaces() {}

    /** One caller, whose attempt is on its way. */
    @State
    public static class Asked {
        private final RaceScene client = new RaceScene();
        private final RaceScene.Caller caller = client.caller();

        public Asked() {
            caller.acquire();
        }

        void grant() {
            client.grant(1);
        }

        void cancel() {
            caller.cancel();
        }

        void deadline() {
            client.deadline();
        }

        void dispose() {
            client.engine.close().subscribe();
        }

        String outcome() {
            return "caller " + caller + ", lock " + client;
        }
    }

    @JCStressTest
    @Outcome(id = FREE, expect = ACCEPTABLE, desc = "The cancel came first, and the grant was given back. // A3")
    @Outcome(
            id = HELD,
            expect = ACCEPTABLE,
            desc = "The lease was on its way to the caller, whose it is from there on. // G2")
    public static class GrantMeetsCancel {
        @Actor
        public void grant(Asked asked) {
            asked.grant();
        }

        @Actor
        public void cancel(Asked asked) {
            asked.cancel();
        }

        @Arbiter
        public void outcome(Asked asked, L_Result result) {
            result.r1 = asked.outcome();
        }
    }

    @JCStressTest
    @Outcome(id = HELD, expect = ACCEPTABLE, desc = "The grant came in time.")
    @Outcome(id = TOO_LATE, expect = ACCEPTABLE, desc = "The deadline came first, and the grant was given back. // A1")
    public static class GrantMeetsDeadline {
        @Actor
        public void grant(Asked asked) {
            asked.grant();
        }

        @Actor
        public void deadline(Asked asked) {
            asked.deadline();
        }

        @Arbiter
        public void outcome(Asked asked, L_Result result) {
            result.r1 = asked.outcome();
        }
    }

    @JCStressTest
    @Outcome(
            id = GIVEN_BACK,
            expect = ACCEPTABLE,
            desc = "The acquire had completed; no lease outlives its client. // C7")
    @Outcome(id = DISPOSED, expect = ACCEPTABLE, desc = "The dispose came first, and the grant was given back.")
    public static class GrantMeetsDispose {
        @Actor
        public void grant(Asked asked) {
            asked.grant();
        }

        @Actor
        public void dispose(Asked asked) {
            asked.dispose();
        }

        @Arbiter
        public void outcome(Asked asked, L_Result result) {
            result.r1 = asked.outcome();
        }
    }

    @JCStressTest
    @Outcome(id = TOO_LATE, expect = ACCEPTABLE, desc = "The deadline came first, and the cancel too late to matter.")
    @Outcome(id = HELD, expect = ACCEPTABLE, desc = "The grant came first, and the cancel too late to matter.")
    @Outcome(
            id = FREE,
            expect = ACCEPTABLE,
            desc = "The grant won, but the cancel came before the lease: it was given back.")
    public static class GrantMeetsDeadlineAndCancel {
        @Actor
        public void grant(Asked asked) {
            asked.grant();
        }

        @Actor
        public void deadlineAndCancel(Asked asked) {
            asked.deadline();
            asked.cancel();
        }

        @Arbiter
        public void outcome(Asked asked, L_Result result) {
            result.r1 = asked.outcome();
        }
    }

    @JCStressTest
    @Outcome(id = FREE, expect = ACCEPTABLE, desc = "The cancel came first: the caller hears nothing more.")
    @Outcome(id = TOO_LATE, expect = ACCEPTABLE, desc = "The deadline came first.")
    public static class CancelMeetsDeadline {
        @Actor
        public void cancel(Asked asked) {
            asked.cancel();
        }

        @Actor
        public void deadline(Asked asked) {
            asked.deadline();
        }

        @Arbiter
        public void outcome(Asked asked, L_Result result) {
            asked.grant(); // what is on its way when nobody waits for it any more
            result.r1 = asked.outcome();
        }
    }
}
