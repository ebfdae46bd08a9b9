package io.reactivelock.fencing.r2dbc;

import org.junit.jupiter.api.Tag;

@Tag("long")
class FaultsTest extends FaultsContract {
    FaultsTest() {
        super(R2dbcSubject::open);
    }
}
