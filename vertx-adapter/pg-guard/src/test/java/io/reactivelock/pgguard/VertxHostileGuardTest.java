package io.reactivelock.pgguard;

import io.reactivelock.fencing.r2dbc.AdvanceContract;
import io.reactivelock.fencing.r2dbc.CheckContract;
import io.reactivelock.fencing.r2dbc.EnforceContract;
import io.reactivelock.fencing.r2dbc.GuardSubject;
import io.reactivelock.fencing.r2dbc.HostileSchema;
import io.reactivelock.fencing.r2dbc.RowFenceContract;
import io.reactivelock.fencing.r2dbc.UpdateContract;
import io.reactivelock.fencing.r2dbc.WriteContract;
import io.reactivelock.fencing.r2dbc.WriteOnceContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** The scenarios of the guard in sessions that look into the schema of an attacker, over the Vert.x client. */
@Tag("long")
class VertxHostileGuardTest {
    private static final VertxFencingMetrics METRICS = new VertxFencingMetrics();
    private static final GuardSubject.Driver DRIVER = HostileSchema.around(VertxFencingSubject.driver(METRICS));

    @AfterAll
    static void close() {
        METRICS.vertx().close().await();
    }

    @Nested
    class VertxHostileAdvance extends AdvanceContract {
        VertxHostileAdvance() {
            super(DRIVER);
        }
    }

    @Nested
    class VertxHostileCheck extends CheckContract {
        VertxHostileCheck() {
            super(DRIVER);
        }
    }

    @Nested
    class VertxHostileWrite extends WriteContract {
        VertxHostileWrite() {
            super(DRIVER);
        }
    }

    @Nested
    class VertxHostileWriteOnce extends WriteOnceContract {
        VertxHostileWriteOnce() {
            super(DRIVER);
        }
    }

    @Nested
    class VertxHostileUpdate extends UpdateContract {
        VertxHostileUpdate() {
            super(DRIVER);
        }
    }

    @Nested
    class VertxHostileRowFence extends RowFenceContract {
        VertxHostileRowFence() {
            super(DRIVER);
        }
    }

    @Nested
    class VertxHostileEnforce extends EnforceContract {
        VertxHostileEnforce() {
            super(DRIVER);
        }
    }
}
