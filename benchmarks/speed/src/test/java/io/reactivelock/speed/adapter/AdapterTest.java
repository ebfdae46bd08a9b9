package io.reactivelock.speed.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.testservers.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Through every adapter, locks are taken and given back")
class AdapterTest {
    private static RedisServer server;

    @BeforeAll
    static void start() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void takesAndGivesBack(Adapter adapter) {
        try (RedisStats redis = new RedisStats(server.uri())) {
            long before = redis.scriptCalls();
            try (Cycles cycles = adapter.open(server.uri())) {
                cycles.run(16, 1);
                cycles.run(256, 64);
            }
            long calls = redis.scriptCalls() - before;
            if (adapter == Adapter.SHARED_DATA_LOCAL) {
                assertThat(calls).isZero();
            } else {
                assertThat(calls).isPositive();
            }
        }
    }
}
