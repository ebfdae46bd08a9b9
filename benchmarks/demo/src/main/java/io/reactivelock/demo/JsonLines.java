package io.reactivelock.demo;

import tools.jackson.databind.json.JsonMapper;

/** Commands and events as lines of JSON. */
final class JsonLines {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private JsonLines() {}

    static String line(Object value) {
        return JSON.writeValueAsString(value);
    }

    static <T> T read(String line, Class<T> type) {
        return JSON.readValue(line, type);
    }
}
