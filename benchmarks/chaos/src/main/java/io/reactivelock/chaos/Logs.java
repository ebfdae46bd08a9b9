package io.reactivelock.chaos;

import java.util.logging.LogManager;

/** What libraries log, as that a server is gone, is what this is about, thousands of times. */
final class Logs {
    private Logs() {}

    /** Netty takes the JDK's logging where it finds no other. */
    static void silence() {
        LogManager.getLogManager().reset();
    }
}
