package io.reactivelock.speed.hotkey;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.speed.subject.Subject;
import io.reactivelock.testservers.RedisServer;
import org.junit.jupiter.api.Test;

class DrainedQueueTest {
    @Test
    void aHandOffIsOneScriptCallAndOneExtension() {
        try (RedisServer server = RedisServer.start()) {
            assertThat(DrainedQueue.scriptCallsPerHandOff(Subject.REACTIVE_LOCK, server.uri()))
                    .isBetween(0.9, 2.0);
        }
    }
}
