package io.reactivelock.testservers;

import java.net.URI;
import java.util.Optional;

/** An address of a running server that the user named. */
final class ServerAddress {
    private ServerAddress() {}

    /** The system property wins over the environment variable of the same meaning. */
    static Optional<String> named(String property, String variable) {
        return Optional.ofNullable(System.getProperty(property))
                .or(() -> Optional.ofNullable(System.getenv(variable)))
                .filter(address -> !address.isBlank());
    }

    static int port(URI uri, int otherwise) {
        return uri.getPort() == -1 ? otherwise : uri.getPort();
    }

    /** User and password of the URI, or the given ones where it has none. */
    static String[] credentials(URI uri, String user, String password) {
        String info = uri.getUserInfo();
        if (info == null) {
            return new String[] {user, password};
        }
        int colon = info.indexOf(':');
        return colon < 0
                ? new String[] {info, password}
                : new String[] {info.substring(0, colon), info.substring(colon + 1)};
    }
}
