package io.reactivelock.fencing.r2dbc;

class FaultsTest extends FaultsContract {
    FaultsTest() {
        super(R2dbcSubject::open);
    }
}
