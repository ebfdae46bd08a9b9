package io.reactivelock.testservers;

import io.reactivelock.testservers.TcpPipe.CutOrder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * A TCP proxy on the loopback address that does to its connections what networks do: delay, lose, cut, at exact byte boundaries. The
 * faults of {@link TcpFaults} hold here for all connections, later ones too; those that cut do so to the connections that are open.
 * {@link #connections()} gives single ones.
 *
 * <pre>{@code
 * try (TcpProxy proxy = TcpProxy.to(redis.host(), redis.port())) {
 *     RedisClient client = RedisClient.create("redis://" + proxy.host() + ":" + proxy.port());
 *     hold(LockClient.create(RedisLockBackend.create(client)));
 *     proxy.swallowReplies();
 * }
 * }</pre>
 *
 * <p>Runs on daemon threads of its own. Safe for use by several threads.
 */
public final class TcpProxy implements TcpFaults, AutoCloseable {
    private static final int BACKLOG = 1024;

    private final InetSocketAddress target;
    private final ServerSocket listener;
    private final Counter accepted = new Counter();
    private final Counter requestBytes = new Counter();
    private final Counter replyBytes = new Counter();
    private final List<TcpConnection> connections = new ArrayList<>();
    private final List<Consumer<TcpConnection>> standing = new ArrayList<>();
    private boolean refusing;

    private TcpProxy(InetSocketAddress target, ServerSocket listener) {
        this.target = target;
        this.listener = listener;
    }

    /**
     * Starts a proxy on a free port.
     *
     * @param host the server's host
     * @param port the server's port
     * @return the proxy; ends when it is closed, at the latest with the JVM
     */
    public static TcpProxy to(String host, int port) {
        try {
            TcpProxy proxy = new TcpProxy(
                    new InetSocketAddress(host, port), new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()));
            Threads.daemon("tcp-proxy listener", proxy::listen);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen() {
        while (!listener.isClosed()) {
            try {
                open(listener.accept());
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void open(Socket client) throws IOException {
        accepted.add(1);
        Socket server = new Socket();
        try {
            if (isRefusing()) {
                throw new IOException("refused");
            }
            server.connect(target);
        } catch (IOException e) {
            server.close();
            TcpPipe.end(client, Cut.RESET); // what the client sees of a server that cannot be reached
            return;
        }
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        TcpConnection connection = new TcpConnection(client, server, requestBytes::add, replyBytes::add, this::remove);
        add(connection);
        connection.start();
    }

    private synchronized boolean isRefusing() {
        return refusing;
    }

    private synchronized void add(TcpConnection connection) {
        standing.forEach(fault -> fault.accept(connection));
        connections.add(connection);
        if (listener.isClosed()) {
            connection.close();
        }
    }

    private synchronized void remove(TcpConnection connection) {
        connections.remove(connection);
    }

    /** {@return the address that clients are to use} */
    public String host() {
        return listener.getInetAddress().getHostAddress();
    }

    /** {@return the port that clients are to use} */
    public int port() {
        return listener.getLocalPort();
    }

    /** {@return the open connections, the oldest first} */
    public synchronized List<TcpFaults> connections() {
        return List.copyOf(connections);
    }

    /** {@return how many connections were made so far, refused ones too} */
    public long accepted() {
        return accepted.total();
    }

    /** {@return how many bytes of requests arrived here so far, on all connections} */
    public long requestBytes() {
        return requestBytes.total();
    }

    /** {@return how many bytes of replies arrived here so far, on all connections, whatever became of them} */
    public long replyBytes() {
        return replyBytes.total();
    }

    /**
     * Waits for connections.
     *
     * @param total the number of {@link #accepted()} to wait for
     * @return completes when there were so many; a cancel ends the wait
     */
    public Mono<Void> whenAccepted(long total) {
        return accepted.reaches(total);
    }

    /**
     * Waits for requests.
     *
     * @param total the number of {@link #requestBytes()} to wait for
     * @return completes when there were so many; a cancel ends the wait
     */
    public Mono<Void> whenRequestBytes(long total) {
        return requestBytes.reaches(total);
    }

    /**
     * Waits for replies: by then the server has done what it was asked.
     *
     * @param total the number of {@link #replyBytes()} to wait for
     * @return completes when there were so many; a cancel ends the wait
     */
    public Mono<Void> whenReplyBytes(long total) {
        return replyBytes.reaches(total);
    }

    /** Resets every new connection at once, until {@link #heal()}. Those that are open stay so. */
    public synchronized void refuse() {
        refusing = true;
    }

    @Override
    public void swallowRequests() {
        lasting(TcpConnection::swallowRequests);
    }

    @Override
    public void forwardOnly(long bytes) {
        lasting(connection -> connection.forwardOnly(bytes));
    }

    @Override
    public void holdReplies() {
        lasting(TcpConnection::holdReplies);
    }

    @Override
    public void releaseReplies() {
        lasting(TcpConnection::releaseReplies);
    }

    @Override
    public void holdRequests() {
        lasting(TcpConnection::holdRequests);
    }

    @Override
    public void releaseRequests() {
        lasting(TcpConnection::releaseRequests);
    }

    @Override
    public void delayReplies(Duration delay) {
        lasting(connection -> connection.delayReplies(delay));
    }

    @Override
    public void delayRequests(Duration delay) {
        lasting(connection -> connection.delayRequests(delay));
    }

    @Override
    public void drainRepliesSlowly(int bytes, Duration pause) {
        lasting(connection -> connection.drainRepliesSlowly(bytes, pause));
    }

    @Override
    public void cut(Cut cut) {
        now(connection -> connection.cut(cut));
    }

    @Override
    public void cutAfterRequestBytes(long bytes, Cut cut) {
        CutOrder order = new CutOrder(cut);
        lasting(connection -> connection.cutAfterRequestBytes(bytes, order));
    }

    @Override
    public void cutAfterReplyBytes(long bytes, Cut cut) {
        CutOrder order = new CutOrder(cut);
        lasting(connection -> connection.cutAfterReplyBytes(bytes, order));
    }

    @Override
    public void dropServer(Cut cut) {
        now(connection -> connection.dropServer(cut));
    }

    @Override
    public void dropClient(Cut cut) {
        now(connection -> connection.dropClient(cut));
    }

    @Override
    public synchronized void heal() {
        refusing = false;
        standing.clear();
        connections.forEach(TcpConnection::heal);
    }

    private synchronized void lasting(Consumer<TcpConnection> fault) {
        standing.add(fault);
        connections.forEach(fault);
    }

    private void now(Consumer<TcpConnection> fault) {
        List<TcpConnection> open;
        synchronized (this) {
            open = List.copyOf(connections);
        }
        open.forEach(fault);
    }

    /** Closes the listener and all connections. Repeatable. */
    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        now(TcpConnection::close);
    }
}
