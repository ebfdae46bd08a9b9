package io.reactivelock.chaos;

import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker is to do in a span.
 *
 * @param span its number
 * @param file where to write the history
 */
record Order(int span, String file) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    String text() {
        return JSON.writeValueAsString(this);
    }

    static Order read(String text) {
        return JSON.readValue(text, Order.class);
    }
}
