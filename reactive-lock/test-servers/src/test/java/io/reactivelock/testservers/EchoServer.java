package io.reactivelock.testservers;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Sends back what it gets, and remembers what each connection got and how it ended. */
final class EchoServer implements Closeable {
    private final ServerSocket listener;
    final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    final BlockingQueue<Socket> opened = new LinkedBlockingQueue<>();

    record Ended(String received, TcpFaults.Cut how) {}

    EchoServer() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Threads.daemon("echo listener", this::listen);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void listen() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                opened.add(socket);
                Threads.daemon("echo", () -> ended.add(echo(socket)));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static Ended echo(Socket socket) {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        TcpFaults.Cut how = TcpFaults.Cut.FIN;
        try (socket) {
            byte[] buffer = new byte[1024];
            int count;
            while ((count = socket.getInputStream().read(buffer)) >= 0) {
                received.write(buffer, 0, count);
                socket.getOutputStream().write(buffer, 0, count);
            }
        } catch (SocketException e) {
            how = TcpFaults.Cut.RESET;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Ended(received.toString(StandardCharsets.UTF_8), how);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
