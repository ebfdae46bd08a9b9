package io.reactivelock.internal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.reactivelock.spi.RenewalResult;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A release that may hand the lock on inside its client meets what else can happen there. // F10 */
public final class LocalQueueRaces {
    private static final String HANDED_ON = "second has it, third waits, lock held";
    private static final String ASKED_FOR = "second waits, third waits, lock free and asked for";
    private static final String TO_THE_THIRD = "second waits, third has it, lock held";
    private static final String PASSED_ON = "second had it, third has it, lock held";
    private static final String ENDED = "second had it, third waits, lock free";

    private LocalQueueRaces() {}

    /** The first caller has the lock, with three tokens; two others may want it. */
    static class Scene {
        final RaceScene client = new RaceScene();
        final RaceScene.Caller first = client.caller();
        final RaceScene.Caller second = client.caller();
        final RaceScene.Caller third = client.caller();

        Scene(int waiting) {
            first.acquire();
            client.grant(3);
            client.now.set(RaceScene.REQUEST.leaseTime().toNanos() / 2);
            List.of(second, third).subList(0, waiting).forEach(RaceScene.Caller::acquire);
        }

        void release() {
            first.lease().release().subscribe();
        }

        /** A renewal is answered: another has the lock. */
        void taken() {
            client.take();
            first.lease()
                    .renewalAnswered(
                            new RenewalResult.Lost(first.lease().backendHolder()),
                            client.engine.runtime.clock().timestamp());
        }

        /** Until the first lease is over; one that began now would not be. */
        void timePasses() {
            client.now.set(RaceScene.REQUEST.leaseTime().toNanos());
            first.lease().isValid();
        }

        String outcome() {
            return "second " + second + ", third " + third + ", lock " + client;
        }
    }

    /** Nobody else wants it yet. */
    @State
    public static class NobodyWaits extends Scene {
        public NobodyWaits() {
            super(0);
        }
    }

    /** The second waits. */
    @State
    public static class OneWaits extends Scene {
        public OneWaits() {
            super(1);
        }
    }

    /** The second waits, and the third behind it. */
    @State
    public static class TwoWait extends Scene {
        public TwoWait() {
            super(2);
        }
    }

    @JCStressTest
    @Outcome(id = HANDED_ON, expect = ACCEPTABLE, desc = "It asked in time, and gets the lock handed on.")
    @Outcome(id = ASKED_FOR, expect = ACCEPTABLE, desc = "It came too late, and asks the backend for the free lock.")
    public static class ReleaseMeetsAcquire {
        @Actor
        public void release(NobodyWaits scene) {
            scene.release();
        }

        @Actor
        public void secondAsks(NobodyWaits scene) {
            scene.second.acquire();
        }

        @Arbiter
        public void outcome(NobodyWaits scene, L_Result result) {
            result.r1 = scene.outcome();
        }
    }

    @JCStressTest
    @Outcome(
            id = TO_THE_THIRD,
            expect = ACCEPTABLE,
            desc = "The next has cancelled: the one behind it gets the lock. // F5")
    @Outcome(id = HANDED_ON, expect = ACCEPTABLE, desc = "The next has the lock: its cancel came too late.")
    @Outcome(
            id = PASSED_ON,
            expect = ACCEPTABLE,
            desc = "The cancel met the lease on its way: it goes on to the third.")
    public static class ReleaseMeetsCancel {
        @Actor
        public void release(TwoWait scene) {
            scene.release();
        }

        @Actor
        public void secondCancels(TwoWait scene) {
            scene.second.cancel();
        }

        @Arbiter
        public void outcome(TwoWait scene, L_Result result) {
            result.r1 = scene.outcome();
        }
    }

    @JCStressTest
    @Outcome(id = ENDED, expect = ACCEPTABLE, desc = "It was handed on, and lost with the lock.")
    @Outcome(id = ASKED_FOR, expect = ACCEPTABLE, desc = "The news came first: nothing is handed on.")
    public static class ReleaseMeetsLoss {
        @Actor
        public void release(OneWaits scene) {
            scene.release();
        }

        @Actor
        public void taken(OneWaits scene) {
            scene.taken();
        }

        @Arbiter
        public void outcome(OneWaits scene, L_Result result) {
            result.r1 = scene.outcome();
        }
    }

    @JCStressTest
    @Outcome(id = ENDED, expect = ACCEPTABLE, desc = "It was handed on, and has ended, too. // B2")
    @Outcome(id = ASKED_FOR, expect = ACCEPTABLE, desc = "Its time was over first: nothing is handed on.")
    public static class ReleaseMeetsExpiry {
        @Actor
        public void release(OneWaits scene) {
            scene.release();
        }

        @Actor
        public void timePasses(OneWaits scene) {
            scene.timePasses();
        }

        @Arbiter
        public void outcome(OneWaits scene, L_Result result) {
            result.r1 = scene.outcome();
        }
    }
}
