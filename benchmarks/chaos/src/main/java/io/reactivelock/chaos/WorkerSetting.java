package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.RedisAddress;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker is told at its start.
 *
 * @param redis where the locks are
 * @param postgres R2DBC URL of the server with the data
 * @param process a number that no other process of the run has, not even the one that this one replaces
 * @param seed of its choices
 */
record WorkerSetting(RedisAddress redis, String postgres, int process, long seed) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    String text() {
        return JSON.writeValueAsString(this);
    }

    static WorkerSetting read(String text) {
        return JSON.readValue(text, WorkerSetting.class);
    }
}
