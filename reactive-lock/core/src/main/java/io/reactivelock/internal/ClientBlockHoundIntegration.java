package io.reactivelock.internal;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * For users who test with BlockHound, which loads it: the read of the random device behind a holder never waits, and where a pool of
 * threads grows or shrinks, two threads may meet at its lock, for as long as it takes to count.
 */
public final class ClientBlockHoundIntegration implements BlockHoundIntegration {
    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside(HolderSource.class.getName(), "next")
                .allowBlockingCallsInside(ElasticThreads.class.getName(), "execute")
                .allowBlockingCallsInside(ElasticThreads.class.getName(), "look");
    }
}
