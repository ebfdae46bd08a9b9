package io.reactivelock.internal;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import reactor.util.Logger;

/**
 * A warning that one outage repeats many times a second. The first is told with its stack; then they are counted, and the next one after a
 * while tells the count.
 */
final class RepeatedWarning {
    private static final long WHILE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Logger log;
    private final String message;
    private final LongSupplier nanos;

    /** Guarded by this, as the next two. */
    private boolean told;

    private long toldAt;
    private long untold;

    /**
     * @param nanos the monotonic clock
     */
    RepeatedWarning(Logger log, String message, LongSupplier nanos) {
        this.log = log;
        this.message = message;
        this.nanos = nanos;
    }

    void tell(Throwable reason) {
        long now = nanos.getAsLong();
        long before;
        synchronized (this) {
            if (told && now - toldAt < WHILE_NANOS) {
                untold++;
                return;
            }
            before = told ? untold : -1;
            told = true;
            toldAt = now;
            untold = 0;
        }
        if (before < 0) {
            log.warn(message, reason);
        } else {
            log.warn("{}: {} ({} more since this was last told)", message, reason.toString(), before);
        }
    }
}
