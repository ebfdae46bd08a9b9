package io.reactivelock.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.OptionalInt;

/** Starts servers on free ports. */
final class Ports {
    private static final int ATTEMPTS = 5;

    private Ports() {}

    /** A server that listens on the port that it is given, or fails. */
    interface Start<S> {
        S on(int port) throws IOException;
    }

    /**
     * Tries one free port after another, for somebody else may take a port between the moment that it was found free and the moment
     * that the server binds it. A failure of another cause is thrown at once.
     */
    static <S> S tryUntilFree(Start<S> start) {
        for (int attempt = 1; ; attempt++) {
            int port = bind(0).orElseThrow();
            try {
                return start.on(port);
            } catch (IOException e) {
                if (attempt == ATTEMPTS || bind(port).isPresent()) {
                    throw new UncheckedIOException("no server started on port " + port, e);
                }
            }
        }
    }

    /** Binds the port, or any free one for 0, and lets go of it. */
    private static OptionalInt bind(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return OptionalInt.of(socket.getLocalPort());
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }
}
