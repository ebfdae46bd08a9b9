package io.reactivelock.speed.hotkey;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.speed.subject.Subject;
import io.reactivelock.testservers.RedisServer;
import org.junit.jupiter.api.Test;

class DrainedQueueTest {
    /** One call hands over and another one extends; on a busy machine, some waiters ask late, and the first one asks again. */
    @Test
    void aHandOffIsAFewScriptCallsHoweverManyWait() {
        try (RedisServer server = RedisServer.start()) {
            assertThat(DrainedQueue.scriptCallsPerHandOff(Subject.REACTIVE_LOCK, server.uri()))
                    .isBetween(1.0, 4.0);
        }
    }
}
