package io.reactivelock.mutiny;

import java.util.stream.Stream;
import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/** Allows the short lock of the JDK's queue of timers: an error out of there would leave it locked for ever. */
public final class TimerLocks implements BlockHoundIntegration {
    private static final String TIMERS = "java.util.concurrent.ScheduledThreadPoolExecutor$DelayedWorkQueue";

    @Override
    public void applyTo(BlockHound.Builder builder) {
        Stream.of("offer", "remove", "poll", "take")
                .forEach(method -> builder.allowBlockingCallsInside(TIMERS, method));
    }
}
