package io.reactivelock.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;

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
     * that the server binds it.
     */
    static <S> S tryUntilFree(Start<S> start) {
        IOException failure = new IOException("no server started on " + ATTEMPTS + " ports");
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return start.on(free());
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
        }
        throw new UncheckedIOException(failure);
    }

    private static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
