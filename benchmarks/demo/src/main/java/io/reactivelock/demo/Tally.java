package io.reactivelock.demo;

import java.util.List;

/**
 * What the workers counted, as far as the database does not know it.
 *
 * @param staleWritesRejected writes that the guard refused
 * @param handOffs grants to a buyer who had found the lock held
 * @param renewals renewals that the backend confirmed
 * @param leasesLost leases that ended before their release
 * @param acquires how long buyers waited until their sale could begin, in microseconds
 * @param notices how long after the end of a lease's validity the loss was noticed, in microseconds
 */
record Tally(
        long staleWritesRejected,
        long handOffs,
        long renewals,
        long leasesLost,
        Latencies acquires,
        Latencies notices) {

    static Tally sum(List<Tally> tallies) {
        return new Tally(
                tallies.stream().mapToLong(Tally::staleWritesRejected).sum(),
                tallies.stream().mapToLong(Tally::handOffs).sum(),
                tallies.stream().mapToLong(Tally::renewals).sum(),
                tallies.stream().mapToLong(Tally::leasesLost).sum(),
                Latencies.merge(tallies.stream().map(Tally::acquires).toList()),
                Latencies.merge(tallies.stream().map(Tally::notices).toList()));
    }
}
