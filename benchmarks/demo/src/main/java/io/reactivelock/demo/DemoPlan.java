package io.reactivelock.demo;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which buyer buys which item in which process, and which process is stopped when. It follows from the options alone, so every mode
 * gets the same load and the same pauses.
 *
 * <p>The items go on sale in waves, one wave for each pause. In each wave another process is stopped during its first sale of the
 * wave's first item. Items, buyers and processes are numbered from 0.
 *
 * @param processes how many processes sell
 * @param buyers how many buyers come, each for one unit
 * @param stock how many units there are
 * @param items how many items the units belong to
 * @param pauses how often a process is stopped
 * @param lease the lease time
 */
record DemoPlan(int processes, int buyers, int stock, int items, int pauses, Duration lease) {
    static final int MAX_PROCESSES = 8;
    static final int MAX_ITEMS = 100;
    static final int MAX_BUYERS = 100_000;
    static final Duration MIN_LEASE = Duration.ofMillis(200);
    static final Duration MAX_LEASE = Duration.ofSeconds(10);

    DemoPlan {
        require(
                processes >= 2 && processes <= MAX_PROCESSES,
                "--processes is from 2 to " + MAX_PROCESSES + ", because a stale write needs a rival, not "
                        + processes);
        require(items >= 1 && items <= MAX_ITEMS, "--items is from 1 to " + MAX_ITEMS + ", not " + items);
        require(
                stock >= items && stock <= MAX_BUYERS,
                "--stock is at least one unit for each of the " + items + " items and at most " + MAX_BUYERS + ", not "
                        + stock);
        require(
                buyers >= items * processes && buyers <= MAX_BUYERS,
                "--buyers is at least " + items * processes + ", one for each item in each process, and at most "
                        + MAX_BUYERS + ", not " + buyers);
        require(
                pauses >= 1 && pauses <= items,
                "--pauses is from 1 to the number of items, " + items + ", not " + pauses);
        require(
                lease.compareTo(MIN_LEASE) >= 0 && lease.compareTo(MAX_LEASE) <= 0,
                "--lease is from " + MIN_LEASE.toMillis() + " to " + MAX_LEASE.toMillis() + " milliseconds, not "
                        + lease.toMillis());
    }

    private static void require(boolean met, String rule) {
        if (!met) {
            throw new DemoException(rule + ".");
        }
    }

    /** How many units of an item there are at first. */
    int stockOf(int item) {
        return stock / items + (item < stock % items ? 1 : 0);
    }

    /** The buyers of this item in this process. */
    List<Integer> buyersOf(int process, int item) {
        return IntStream.range(0, buyers)
                .filter(buyer -> buyer % items == item && buyer / items % processes == process)
                .boxed()
                .toList();
    }

    /** The items that go on sale in this wave; a process is stopped at the first. */
    List<Integer> itemsOf(int wave) {
        return IntStream.range(0, items)
                .filter(item -> item % pauses == wave)
                .boxed()
                .toList();
    }

    /** Which process is stopped in this wave. */
    int stoppedIn(int wave) {
        return wave % processes;
    }

    /** The shortest time for which a process is stopped: so much longer than its lease that another one can take over. */
    Duration pause() {
        return lease.plus(lease.dividedBy(2));
    }
}
