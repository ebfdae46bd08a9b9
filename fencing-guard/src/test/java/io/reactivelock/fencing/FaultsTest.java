package io.reactivelock.fencing;

class FaultsTest extends FaultsContract {
    FaultsTest() {
        super(R2dbcSubject::open);
    }
}
