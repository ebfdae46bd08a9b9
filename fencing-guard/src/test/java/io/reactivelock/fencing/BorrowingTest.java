package io.reactivelock.fencing;

class BorrowingTest extends ConnectionsContract {
    BorrowingTest() {
        super(R2dbcSubject::open);
    }
}
