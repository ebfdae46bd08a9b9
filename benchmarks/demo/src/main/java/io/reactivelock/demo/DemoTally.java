package io.reactivelock.demo;

import java.util.List;

/**
 * The numbers that only the workers know, not the database.
 *
 * @param staleWritesRejected writes that the guard refused
 * @param handOffs grants to a buyer who had found the lock held
 * @param renewals renewals that the backend confirmed
 * @param leasesLost leases that ended before their release
 * @param acquires how long buyers waited until their sale could begin, in microseconds
 * @param notices how long after the end of a lease's validity the loss was noticed, in microseconds
 */
record DemoTally(
        long staleWritesRejected,
        long handOffs,
        long renewals,
        long leasesLost,
        Latencies acquires,
        Latencies notices) {

    static DemoTally sum(List<DemoTally> tallies) {
        return new DemoTally(
                tallies.stream().mapToLong(DemoTally::staleWritesRejected).sum(),
                tallies.stream().mapToLong(DemoTally::handOffs).sum(),
                tallies.stream().mapToLong(DemoTally::renewals).sum(),
                tallies.stream().mapToLong(DemoTally::leasesLost).sum(),
                Latencies.merge(tallies.stream().map(DemoTally::acquires).toList()),
                Latencies.merge(tallies.stream().map(DemoTally::notices).toList()));
    }
}
