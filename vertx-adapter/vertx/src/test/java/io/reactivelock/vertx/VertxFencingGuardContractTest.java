package io.reactivelock.vertx;

import io.reactivelock.fencing.AdvanceContract;
import io.reactivelock.fencing.CheckContract;
import io.reactivelock.fencing.ConnectionsContract;
import io.reactivelock.fencing.DurabilityContract;
import io.reactivelock.fencing.EnforceContract;
import io.reactivelock.fencing.FaultsContract;
import io.reactivelock.fencing.UpdateContract;
import io.reactivelock.fencing.WithLockContract;
import io.reactivelock.fencing.WriteContract;
import io.reactivelock.fencing.WriteOnceContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;

/** The scenarios of the guard over R2DBC, with the one over the Vert.x client. */
class VertxFencingGuardContractTest {
    private static final VertxFencingMetrics METRICS = new VertxFencingMetrics();

    @AfterAll
    static void close() {
        METRICS.vertx().close().await();
    }

    @Nested
    class Advances extends AdvanceContract {
        Advances() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class Checks extends CheckContract {
        Checks() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class Writes extends WriteContract {
        Writes() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class Updates extends UpdateContract {
        Updates() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class OneTimeWrites extends WriteOnceContract {
        OneTimeWrites() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class EnforcedTables extends EnforceContract {
        EnforcedTables() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class Standbys extends DurabilityContract {
        Standbys() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class Faults extends FaultsContract {
        Faults() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class Borrows extends ConnectionsContract {
        Borrows() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }

    @Nested
    class Locks extends WithLockContract {
        Locks() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }
}
