package io.reactivelock.redis;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lettuce takes a lock around every write, for the moment that it takes to count the writer. If BlockHound fails that, the count of the
 * writers goes wrong and the next write spins for ever.
 */
public final class LettuceLocks implements BlockHoundIntegration {
    /** For the service loader. */
    public LettuceLocks() {}

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "incrementWriters")
                .allowBlockingCallsInside("io.lettuce.core.protocol.SharedLock", "doExclusive");
    }
}
