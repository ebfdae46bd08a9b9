package io.reactivelock.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.OptionalInt;

/** Starts servers on free ports. */
final class Ports {
    private static final int ATTEMPTS = 5;
    private static final int MAX_PORT = 65_535;

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
        return tryUntilFree(0, start);
    }

    /**
     * The same for a server that binds a second port.
     *
     * @param offset how far the second port is above the first; 0 for none
     */
    static <S> S tryUntilFree(int offset, Start<S> start) {
        for (int attempt = 1; ; attempt++) {
            int port = free(offset);
            try {
                return start.on(port);
            } catch (IOException e) {
                if (attempt == ATTEMPTS || areFree(port, offset)) {
                    throw new UncheckedIOException("no server started on port " + port, e);
                }
            }
        }
    }

    private static int free(int offset) {
        while (true) {
            int port = bind(0).orElseThrow();
            if (areFree(port, offset)) {
                return port;
            }
        }
    }

    private static boolean areFree(int port, int offset) {
        return port + offset <= MAX_PORT
                && bind(port).isPresent()
                && bind(port + offset).isPresent();
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
