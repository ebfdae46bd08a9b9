package io.reactivelock.pgguard;

import io.reactivelock.fencing.r2dbc.AdvanceContract;
import io.reactivelock.fencing.r2dbc.CheckContract;
import io.reactivelock.fencing.r2dbc.ConnectionsContract;
import io.reactivelock.fencing.r2dbc.DurabilityContract;
import io.reactivelock.fencing.r2dbc.EnforceContract;
import io.reactivelock.fencing.r2dbc.FaultsContract;
import io.reactivelock.fencing.r2dbc.GuardObserverContract;
import io.reactivelock.fencing.r2dbc.RowFenceContract;
import io.reactivelock.fencing.r2dbc.UpdateContract;
import io.reactivelock.fencing.r2dbc.WithLockContract;
import io.reactivelock.fencing.r2dbc.WriteContract;
import io.reactivelock.fencing.r2dbc.WriteOnceContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** The scenarios of the guard over R2DBC, with the one over the Vert.x client. */
@Tag("long")
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
    class FencesInRows extends RowFenceContract {
        FencesInRows() {
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

    @Nested
    class Observers extends GuardObserverContract {
        Observers() {
            super(VertxFencingSubject.driver(METRICS));
        }
    }
}
