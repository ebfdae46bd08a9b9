package io.reactivelock.demo;

import org.jspecify.annotations.Nullable;

/**
 * What came of one mode. All counts but those of the tally come from the database's own log.
 *
 * @param mode how was sold
 * @param stock how many units there were
 * @param sold how many sales are in the log, each of one unit
 * @param oversold how many units were sold that were not there, item by item
 * @param lostUpdates sales that are not in the stock row: sold less the drop of the stock, item by item
 * @param staleWritesAttempted rejected and accepted
 * @param staleWritesRejected writes that the guard refused, for their token was lower than the highest one
 * @param staleWritesAccepted writes that the database took although a later holder had begun; without a lock, and so without
 *     tokens, although another sale had been written since the read
 * @param acknowledged how many buyers were told that they had bought
 * @param historyErrors sales in the log that were not told to a buyer or the other way round, and where tokens fell or a sale was
 *     written upon an old read
 * @param pauses how often a process was stopped
 * @param acquireP50Millis how long buyers waited until their sale could begin, or null without a lock
 * @param acquireP99Millis the same for the slowest of a hundred
 * @param handOffs grants to a buyer who had found the lock held
 * @param renewals renewals that the server confirmed
 * @param leasesLost leases that ended before their release
 * @param lossNoticedAfterMillis how long after the end of a lease's validity its loss was noticed, at worst; null where none was
 * @param millis how long the mode took
 */
record ModeResult(
        DemoMode mode,
        long stock,
        long sold,
        long oversold,
        long lostUpdates,
        long staleWritesAttempted,
        long staleWritesRejected,
        long staleWritesAccepted,
        long acknowledged,
        long historyErrors,
        long pauses,
        @Nullable Double acquireP50Millis,
        @Nullable Double acquireP99Millis,
        long handOffs,
        long renewals,
        long leasesLost,
        @Nullable Double lossNoticedAfterMillis,
        long millis) {

    /** Whether nothing went wrong although a stale write was tried. */
    boolean isExact() {
        return oversold == 0
                && lostUpdates == 0
                && staleWritesAccepted == 0
                && historyErrors == 0
                && staleWritesAttempted > 0;
    }
}
