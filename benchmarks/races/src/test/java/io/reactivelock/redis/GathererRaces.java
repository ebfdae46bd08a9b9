package io.reactivelock.redis;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.reactivelock.Holder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;
import reactor.core.publisher.BaseSubscriber;

/**
 * Operations meet in the queue of those that wait to be sent, while the connection is refused. None may be forgotten there, or told
 * twice. What meets on a connection, real servers answer in the tests of the backend.
 */
public final class GathererRaces {
    private static final String ALL_TOLD = "first told, second told";
    private static final String FIRST_LEFT = "first not told, second told";

    private GathererRaces() {}

    /** One operation, and how often it was told what came of it. */
    private static final class Caller extends BaseSubscriber<Boolean> {
        private final AtomicInteger told = new AtomicInteger();

        @Override
        protected void hookOnError(Throwable e) {
            told.incrementAndGet();
        }

        @Override
        public String toString() {
            int times = told.get();
            return times == 0 ? "not told" : times == 1 ? "told" : "told " + times + " times";
        }
    }

    /** A connection that is being opened, and two callers. */
    @State
    public static class Connecting {
        private static final RedisScript SCRIPT = RedisScript.load("lock.lua");

        private final CompletableFuture<StatefulRedisConnection<String, String>> connection = new CompletableFuture<>();
        private final CommandBatcher gatherer = new CommandBatcher(
                LazyConnection.opened(() -> connection), MasterCheck.trusting(), RedisTopology.ONE_MASTER, SCRIPT);
        private final Caller first = new Caller();
        private final Caller second = new Caller();

        final void firstAsks() {
            ask(first);
        }

        final void secondAsks() {
            ask(second);
        }

        private void ask(Caller caller) {
            Request.of(gatherer, new Operation.Release("races", "a", new Holder(1, 1)))
                    .subscribe(caller);
        }

        void firstCancels() {
            first.cancel();
        }

        final void refuse() {
            connection.completeExceptionally(new RedisException("refused"));
        }

        void outcome(L_Result result) {
            result.r1 = "first " + first + ", second " + second;
        }
    }

    /** The server refuses each attempt at once. */
    @State
    public static class Refused extends Connecting {
        public Refused() {
            refuse();
        }
    }

    /** Both wait for the connection. */
    @State
    public static class BothWait extends Connecting {
        public BothWait() {
            firstAsks();
            secondAsks();
        }
    }

    @JCStressTest
    @Outcome(id = ALL_TOLD, expect = ACCEPTABLE, desc = "Each is told that its attempt was refused.")
    public static class RequestMeetsRequest {
        @Actor
        public void first(Refused server) {
            server.firstAsks();
        }

        @Actor
        public void second(Refused server) {
            server.secondAsks();
        }

        @Arbiter
        public void outcome(Refused server, L_Result result) {
            server.outcome(result);
        }
    }

    @JCStressTest
    @Outcome(
            id = ALL_TOLD,
            expect = ACCEPTABLE,
            desc = "Also who asked while the attempt failed is told, of it or of the next.")
    public static class RequestMeetsRefusal {
        @Actor
        public void requests(Connecting server) {
            server.firstAsks();
            server.secondAsks();
        }

        @Actor
        public void refusal(Connecting server) {
            server.refuse();
        }

        @Arbiter
        public void outcome(Connecting server, L_Result result) {
            server.outcome(result);
        }
    }

    @JCStressTest
    @Outcome(id = ALL_TOLD, expect = ACCEPTABLE, desc = "The cancel came too late to matter.")
    @Outcome(id = FIRST_LEFT, expect = ACCEPTABLE, desc = "Who has cancelled is told nothing, and the other is. // A3")
    public static class CancelMeetsRefusal {
        @Actor
        public void cancel(BothWait server) {
            server.firstCancels();
        }

        @Actor
        public void refusal(BothWait server) {
            server.refuse();
        }

        @Arbiter
        public void outcome(BothWait server, L_Result result) {
            server.outcome(result);
        }
    }
}
