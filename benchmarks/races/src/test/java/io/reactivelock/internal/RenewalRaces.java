package io.reactivelock.internal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A round of renewals meets the end of a lease that is due in it. // B5 */
public final class RenewalRaces {
    private static final String BEHIND = "renew, then release";
    private static final String ALONE = "release";

    private RenewalRaces() {}

    /** One lease, due for renewal. */
    @State
    public static class Due {
        private final RaceScene client = new RaceScene();
        private final RaceScene.Caller caller = client.caller();

        public Due() {
            caller.acquire();
            client.grant(1);
            client.engine.renewals.add(caller.lease());
        }

        void round() {
            client.engine.renewals.flush(client.engine.runtime.timers());
        }

        void release() {
            caller.lease().release().subscribe();
        }

        /** Until the lease is over, which somebody notices. */
        void timePasses() {
            client.now.set(RaceScene.REQUEST.leaseTime().toNanos());
            caller.lease().isValid();
        }

        String outcome() {
            return String.join(", then ", client.calls);
        }
    }

    @JCStressTest
    @Outcome(id = BEHIND, expect = ACCEPTABLE, desc = "The round had begun: the release goes behind the renewal.")
    @Outcome(id = ALONE, expect = ACCEPTABLE, desc = "The release came first: nothing is renewed.")
    public static class RoundMeetsRelease {
        @Actor
        public void round(Due due) {
            due.round();
        }

        @Actor
        public void release(Due due) {
            due.release();
        }

        @Arbiter
        public void outcome(Due due, L_Result result) {
            result.r1 = due.outcome();
        }
    }

    @JCStressTest
    @Outcome(id = BEHIND, expect = ACCEPTABLE, desc = "The round had begun: what was lost is given back behind it.")
    @Outcome(id = ALONE, expect = ACCEPTABLE, desc = "The loss came first: nothing is renewed.")
    public static class RoundMeetsLoss {
        @Actor
        public void round(Due due) {
            due.round();
        }

        @Actor
        public void loss(Due due) {
            due.timePasses();
        }

        @Arbiter
        public void outcome(Due due, L_Result result) {
            result.r1 = due.outcome();
        }
    }
}
