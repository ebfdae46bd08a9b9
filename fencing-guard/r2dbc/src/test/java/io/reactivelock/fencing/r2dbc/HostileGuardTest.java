package io.reactivelock.fencing.r2dbc;

import org.junit.jupiter.api.Nested;

/** The scenarios of the guard in sessions that look into the schema of an attacker. */
class HostileGuardTest {
    @Nested
    class HostileAdvance extends AdvanceContract {
        HostileAdvance() {
            super(HostileSchema.around(R2dbcSubject::open));
        }
    }

    @Nested
    class HostileCheck extends CheckContract {
        HostileCheck() {
            super(HostileSchema.around(R2dbcSubject::open));
        }
    }

    @Nested
    class HostileWrite extends WriteContract {
        HostileWrite() {
            super(HostileSchema.around(R2dbcSubject::open));
        }
    }

    @Nested
    class HostileWriteOnce extends WriteOnceContract {
        HostileWriteOnce() {
            super(HostileSchema.around(R2dbcSubject::open));
        }
    }

    @Nested
    class HostileUpdate extends UpdateContract {
        HostileUpdate() {
            super(HostileSchema.around(R2dbcSubject::open));
        }
    }

    @Nested
    class HostileRowFence extends RowFenceContract {
        HostileRowFence() {
            super(HostileSchema.around(R2dbcSubject::open));
        }
    }

    @Nested
    class HostileEnforce extends EnforceContract {
        HostileEnforce() {
            super(HostileSchema.around(R2dbcSubject::open));
        }
    }
}
