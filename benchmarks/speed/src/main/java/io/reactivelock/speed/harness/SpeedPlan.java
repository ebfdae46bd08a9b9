package io.reactivelock.speed.harness;

import io.reactivelock.speed.subject.Subject;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The size of a run: how long, and which subjects.
 *
 * @param title for people
 * @param peers the subjects that are measured beside those that the ratios need
 * @param rounds how often JMH measures all subjects, each time in the reverse order and in new JVMs
 * @param warmUps how many iterations do not count
 * @param measurements how many iterations count
 * @param iteration how long an iteration takes
 * @param handOffs how many hand-offs are timed for each subject
 * @param leases how many leases are held at a time
 * @param heldLeaseTime the lease time of those
 * @param cancels how many acquires are cancelled
 * @param cancelledLeaseTime the lease time of those
 */
public record SpeedPlan(
        String title,
        List<Subject> peers,
        int rounds,
        int warmUps,
        int measurements,
        Duration iteration,
        int handOffs,
        int leases,
        Duration heldLeaseTime,
        int cancels,
        Duration cancelledLeaseTime) {
    /** Ends within five minutes on two cores. Of the peers, measures Redisson alone. */
    public static final SpeedPlan QUICK = new SpeedPlan(
            "quick",
            List.of(Subject.REDISSON),
            1,
            3,
            3,
            Duration.ofSeconds(1),
            2_000,
            10_000,
            Duration.ofSeconds(9),
            10_000,
            Duration.ofSeconds(2));

    /** The whole run. */
    public static final SpeedPlan FULL = new SpeedPlan(
            "full",
            List.of(Subject.REDISSON, Subject.REDISSON_FAIR, Subject.SPRING_INTEGRATION, Subject.SHEDLOCK),
            3,
            4,
            5,
            Duration.ofSeconds(2),
            20_000,
            100_000,
            Subject.LEASE_TIME,
            100_000,
            Duration.ofSeconds(2));

    /** Copies. */
    public SpeedPlan {
        peers = List.copyOf(peers);
    }

    /**
     * The subjects that this plan measures.
     *
     * @param needed the subjects that the ratios need
     * @param further the other subjects that can do this
     * @return the needed ones, then those of the others that the plan asks for
     */
    public List<Subject> subjects(List<Subject> needed, List<Subject> further) {
        return Stream.concat(needed.stream(), further.stream().filter(peers::contains))
                .toList();
    }
}
