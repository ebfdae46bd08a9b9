package io.reactivelock;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Allows the locks of others that are held for a few instructions, in all modules that have this one's tests on their class path. Only
 * who meets another thread there parks, so that BlockHound would find them now and then; and an error out of there would do harm: a
 * task of a pool would be lost, or a count of Lettuce's writers would go wrong, for which it then waits for ever.
 */
public final class ShortLocks implements BlockHoundIntegration {
    /** For the service loader. */
    public ShortLocks() {}

    @Override
    public void applyTo(BlockHound.Builder builder) {
        allow(
                builder,
                "java.util.concurrent.ScheduledThreadPoolExecutor$DelayedWorkQueue",
                "offer",
                "remove",
                "poll",
                "take",
                "toArray");
        allow(builder, "java.util.concurrent.LinkedBlockingQueue", "offer", "remove");
        allow(
                builder,
                "java.util.concurrent.ThreadPoolExecutor",
                "addWorker",
                "processWorkerExit",
                "shutdown",
                "shutdownNow");
        allow(builder, "io.lettuce.core.protocol.SharedLock", "incrementWriters", "doExclusive");
    }

    private static void allow(BlockHound.Builder builder, String type, String... methods) {
        for (String method : methods) {
            builder.allowBlockingCallsInside(type, method);
        }
    }
}
