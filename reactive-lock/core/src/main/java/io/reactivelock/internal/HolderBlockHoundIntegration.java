package io.reactivelock.internal;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/** For users who test with BlockHound: the read of the random device behind a holder never waits. Loaded by BlockHound alone. */
public final class HolderBlockHoundIntegration implements BlockHoundIntegration {
    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside(HolderSource.class.getName(), "next");
    }
}
