package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockObserver.GrantPath;
import io.reactivelock.spi.AttemptResult;

/**
 * A grant of the backend, as it arrived.
 *
 * @param granted what the backend granted
 * @param holder to whom
 * @param sent from when validity counts
 * @param validUntil when it ends, unless it is renewed
 * @param path how it came
 * @param tokenAbove the number that its token was to exceed
 */
record ReceivedGrant(
        AttemptResult.Granted granted,
        Holder holder,
        LeaseClock.Timestamp sent,
        long validUntil,
        GrantPath path,
        long tokenAbove) {}
