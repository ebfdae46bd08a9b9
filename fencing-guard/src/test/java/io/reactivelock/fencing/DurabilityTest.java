package io.reactivelock.fencing;

class DurabilityTest extends DurabilityContract {
    DurabilityTest() {
        super(R2dbcSubject::open);
    }
}
