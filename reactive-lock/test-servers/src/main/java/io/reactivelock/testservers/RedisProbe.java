package io.reactivelock.testservers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a server for its name and version, without a client library. */
final class RedisProbe {
    private static final int TIMEOUT_MILLIS = 10_000;
    /** Valkey tells the version of the Redis that it is like, and then its own. */
    private static final Pattern VERSION = Pattern.compile("(redis|valkey)_version:(\\S+)");

    private RedisProbe() {}

    static String nameAndVersion(URI uri, int defaultPort) {
        if (!"redis".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new IllegalArgumentException("the address of a Redis is redis://host:port, not " + uri);
        }
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(uri.getHost(), ServerAddress.port(uri, defaultPort)), TIMEOUT_MILLIS);
            String[] credentials = ServerAddress.credentials(uri, "default", "");
            String auth = uri.getUserInfo() == null ? "" : "AUTH " + credentials[0] + " " + credentials[1] + "\r\n";
            socket.getOutputStream().write((auth + "INFO server\r\n").getBytes(UTF_8));
            BufferedReader replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            String line;
            while ((line = replies.readLine()) != null) {
                if (line.startsWith("$")) {
                    return nameAndVersion(replies, Integer.parseInt(line.substring(1)));
                }
                if (line.startsWith("-")) {
                    throw new IOException(line);
                }
            }
            throw new IOException("the connection was closed");
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from Redis at " + uri.getHost() + ":" + uri.getPort(), e);
        }
    }

    private static String nameAndVersion(BufferedReader replies, int length) throws IOException {
        String found = "";
        String line;
        for (int left = length; left > 0 && (line = replies.readLine()) != null; left -= line.length() + 2) {
            Matcher version = VERSION.matcher(line);
            if (version.matches()) {
                found = (version.group(1).equals("redis") ? "Redis " : "Valkey ") + version.group(2);
            }
        }
        return found;
    }
}
