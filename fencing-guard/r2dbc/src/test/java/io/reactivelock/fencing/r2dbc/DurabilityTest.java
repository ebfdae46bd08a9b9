package io.reactivelock.fencing.r2dbc;

class DurabilityTest extends DurabilityContract {
    DurabilityTest() {
        super(R2dbcSubject::open);
    }
}
