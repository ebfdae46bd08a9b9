package io.reactivelock.fencing.r2dbc;

class GuardObserverTest extends GuardObserverContract {
    GuardObserverTest() {
        super(R2dbcSubject::open);
    }
}
