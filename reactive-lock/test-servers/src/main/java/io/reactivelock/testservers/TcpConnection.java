package io.reactivelock.testservers;

import io.reactivelock.testservers.TcpPipe.CutOrder;
import io.reactivelock.testservers.TcpPipe.Events;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** One proxied connection: two sockets and a pipe in each direction. */
final class TcpConnection implements TcpFaults {
    private final Socket client;
    private final Socket server;
    private final TcpPipe requests;
    private final TcpPipe replies;
    private final AtomicInteger openPipes = new AtomicInteger(2);
    private final Consumer<TcpConnection> closed;

    TcpConnection(
            Socket client,
            Socket server,
            LongConsumer requested,
            LongConsumer replied,
            Consumer<TcpConnection> closed) {
        this.client = client;
        this.server = server;
        this.closed = closed;
        this.requests = new TcpPipe(client, server, new Events(requested, this::sever, this::cut, this::pipeEnded));
        this.replies = new TcpPipe(server, client, new Events(replied, this::sever, this::cut, this::pipeEnded));
    }

    void start() {
        requests.start("tcp-proxy requests");
        replies.start("tcp-proxy replies");
    }

    private void pipeEnded() {
        if (openPipes.decrementAndGet() == 0) {
            close();
            closed.accept(this);
        }
    }

    void close() {
        sever();
        try {
            client.close();
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void sever() {
        requests.sever();
        replies.sever();
    }

    private void end(Cut cut, Socket... sides) {
        sever();
        try {
            for (Socket side : sides) {
                TcpPipe.end(side, cut);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void swallowRequests() {
        requests.forwardOnly(0);
    }

    @Override
    public void forwardOnly(long bytes) {
        replies.forwardOnly(bytes);
    }

    @Override
    public void holdReplies() {
        replies.hold();
    }

    @Override
    public void releaseReplies() {
        replies.release();
    }

    @Override
    public void holdRequests() {
        requests.hold();
    }

    @Override
    public void releaseRequests() {
        requests.release();
    }

    @Override
    public void delayReplies(Duration delay) {
        replies.delay(delay);
    }

    @Override
    public void delayRequests(Duration delay) {
        requests.delay(delay);
    }

    @Override
    public void drainRepliesSlowly(int bytes, Duration pause) {
        replies.drainSlowly(bytes, pause);
    }

    @Override
    public void cut(Cut cut) {
        end(cut, server, client);
    }

    @Override
    public void cutAfterRequestBytes(long bytes, Cut cut) {
        cutAfterRequestBytes(bytes, new CutOrder(cut));
    }

    void cutAfterRequestBytes(long bytes, CutOrder order) {
        requests.cutAfter(bytes, order);
    }

    @Override
    public void cutAfterReplyBytes(long bytes, Cut cut) {
        cutAfterReplyBytes(bytes, new CutOrder(cut));
    }

    void cutAfterReplyBytes(long bytes, CutOrder order) {
        replies.cutAfter(bytes, order);
    }

    @Override
    public void dropServer(Cut cut) {
        end(cut, server);
    }

    @Override
    public void dropClient(Cut cut) {
        end(cut, client);
    }

    @Override
    public void heal() {
        requests.heal();
        replies.heal();
    }
}
