package io.reactivelock.speed;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * What the run had to itself.
 *
 * @param processors how many there are
 * @param load how many threads ran or wanted to, on the average of the last minute; negative where the system does not tell
 */
record Machine(int processors, double load) {
    /** As it is now. */
    static Machine now() {
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    @Override
    public String toString() {
        String text = "Java " + Runtime.version() + ", " + processors + " processors";
        if (load < processors / 2.0) {
            return text + ".";
        }
        return text
                + String.format(
                        Locale.ROOT,
                        ". **The machine was busy with something else when the run began (load %.1f), so its times mean little.**",
                        load);
    }
}
