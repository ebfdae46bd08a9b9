package io.reactivelock.demo;

import com.fasterxml.jackson.annotation.JsonValue;

/** The ways in which the shop is run. */
enum DemoMode {
    NONE("none", "no lock"),
    LOCK("lock", "lock only"),
    GUARDED("guarded", "lock + guard");

    private final String id;
    private final String title;

    DemoMode(String id, String title) {
        this.id = id;
        this.title = title;
    }

    /** The name in JSON and in lock names. */
    @JsonValue
    String id() {
        return id;
    }

    /** The name for people. */
    String title() {
        return title;
    }
}
