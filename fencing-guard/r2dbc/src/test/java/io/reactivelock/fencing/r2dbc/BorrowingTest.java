package io.reactivelock.fencing.r2dbc;

class BorrowingTest extends ConnectionsContract {
    BorrowingTest() {
        super(R2dbcSubject::open);
    }
}
