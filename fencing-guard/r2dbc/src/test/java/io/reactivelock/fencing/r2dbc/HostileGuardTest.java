package io.reactivelock.fencing.r2dbc;

import org.junit.jupiter.api.Nested;

/** The scenarios of the guard in sessions that look into the schema of an attacker. */
class HostileGuardTest {
    @Nested
    class HostileAdvance extends AdvanceContract {
        HostileAdvance() {
            super(HostileSchema::open);
        }
    }

    @Nested
    class HostileCheck extends CheckContract {
        HostileCheck() {
            super(HostileSchema::open);
        }
    }

    @Nested
    class HostileWrite extends WriteContract {
        HostileWrite() {
            super(HostileSchema::open);
        }
    }

    @Nested
    class HostileWriteOnce extends WriteOnceContract {
        HostileWriteOnce() {
            super(HostileSchema::open);
        }
    }

    @Nested
    class HostileUpdate extends UpdateContract {
        HostileUpdate() {
            super(HostileSchema::open);
        }
    }

    @Nested
    class HostileRowFence extends RowFenceContract {
        HostileRowFence() {
            super(HostileSchema::open);
        }
    }

    @Nested
    class HostileEnforce extends EnforceContract {
        HostileEnforce() {
            super(HostileSchema::open);
        }
    }
}
