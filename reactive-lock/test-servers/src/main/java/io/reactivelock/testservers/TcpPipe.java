package io.reactivelock.testservers;

import io.reactivelock.testservers.TcpFaults.Cut;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a proxied connection: a thread that reads, and a thread that writes what is due. Faults are state under one lock,
 * looked at for every chunk as it arrives; so who has seen bytes arrive knows that the faults have been applied to them, and who has
 * received bytes finds them counted.
 */
final class TcpPipe {
    private static final int CHUNK = 8192;
    private static final long UNLIMITED = Long.MAX_VALUE;

    private final Socket from;
    private final Socket to;
    private final Events events;

    private final Lock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<Chunk> chunks = new ArrayDeque<>();
    private long delayNanos;
    private boolean held;
    private boolean severed;
    private long forward = UNLIMITED;
    private @Nullable CutPoint cutPoint;
    private int readSize = CHUNK;
    private long readPauseNanos;

    /**
     * What a pipe tells its connection, on the pipe's threads.
     *
     * @param arrived a number of bytes came in
     * @param cutting the bytes before a cut point are about to be passed on, and nothing else any more, either way
     * @param cut the bytes before a cut point have been passed on
     * @param ended nothing will come any more, and all was passed on
     */
    record Events(LongConsumer arrived, Runnable cutting, Consumer<Cut> cut, Runnable ended) {}

    /** One order to cut, given to one connection or to several, and carried out once. */
    record CutOrder(Cut cut, AtomicBoolean open) {
        CutOrder(Cut cut) {
            this(cut, new AtomicBoolean(true));
        }

        boolean take() {
            return open.compareAndSet(true, false);
        }
    }

    private record CutPoint(long bytes, CutOrder order) {}

    /** What the faults leave of bytes that arrived; or, as the last one, how the stream ended. */
    private static final class Chunk {
        final byte[] bytes;
        final @Nullable Cut cut;
        final boolean last;
        final long arrivedNanos = System.nanoTime();

        Chunk(byte[] bytes, @Nullable Cut cut, boolean last) {
            this.bytes = bytes;
            this.cut = cut;
            this.last = last;
        }
    }

    TcpPipe(Socket from, Socket to, Events events) {
        this.from = from;
        this.to = to;
        this.events = events;
    }

    void start(String name) {
        Threads.daemon(name + " reader", this::read);
        Threads.daemon(name + " writer", this::write);
    }

    private void read() {
        byte[] buffer = new byte[CHUNK];
        Cut end = Cut.FIN;
        try {
            int count;
            while ((count = from.getInputStream().read(buffer, 0, nextReadSize())) >= 0) {
                Chunk left = afterFaults(buffer, count);
                events.arrived.accept(count);
                if (left.bytes.length > 0) {
                    update(() -> chunks.add(left));
                }
            }
        } catch (IOException e) {
            end = Cut.RESET; // told to the other side in kind
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Cut how = end;
        update(() -> chunks.add(new Chunk(new byte[0], how, true)));
    }

    private void write() {
        try {
            Chunk chunk = take();
            while (!chunk.last) {
                pass(chunk);
                chunk = take();
            }
            if (!isSevered() && chunk.cut != null) {
                end(to, chunk.cut);
            }
        } catch (IOException e) {
            sever(); // the receiver is gone; the other pipe, which reads from it, tells the sender
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        events.ended.run();
    }

    /** Ends the stream towards one side, as that side is to see it. */
    static void end(Socket socket, Cut cut) throws IOException {
        try {
            if (cut == Cut.RESET) {
                socket.setSoLinger(true, 0);
                socket.close();
            } else {
                socket.shutdownOutput();
            }
        } catch (SocketException e) {
            if (!socket.isClosed() && !socket.isOutputShutdown()) {
                throw e;
            } // it ended before: on its own, or by another cut
        }
    }

    private void pass(Chunk chunk) throws IOException {
        if (chunk.cut != null) {
            events.cutting.run();
        } else if (isSevered()) {
            return;
        }
        to.getOutputStream().write(chunk.bytes);
        if (chunk.cut != null) {
            events.cut.accept(chunk.cut);
        }
    }

    private Chunk afterFaults(byte[] buffer, int count) {
        lock.lock();
        try {
            int length = (int) Math.min(count, forward);
            Cut cut = null;
            if (cutPoint != null && cutPoint.bytes <= length) {
                if (cutPoint.order.take()) {
                    length = (int) cutPoint.bytes;
                    cut = cutPoint.order.cut;
                    forward = 0;
                }
                cutPoint = null;
            } else if (cutPoint != null) {
                cutPoint = new CutPoint(cutPoint.bytes - length, cutPoint.order);
            }
            if (forward != UNLIMITED) {
                forward = Math.max(0, forward - length);
            }
            return new Chunk(Arrays.copyOf(buffer, length), cut, false);
        } finally {
            lock.unlock();
        }
    }

    private int nextReadSize() throws InterruptedException {
        lock.lock();
        try {
            long left = readPauseNanos;
            while (left > 0 && readPauseNanos > 0) {
                left = changed.awaitNanos(left);
            }
            return readSize;
        } finally {
            lock.unlock();
        }
    }

    private Chunk take() throws InterruptedException {
        lock.lock();
        try {
            while (true) {
                Chunk head = chunks.peek();
                if (head == null || held) {
                    changed.await();
                    continue;
                }
                long early = head.arrivedNanos + delayNanos - System.nanoTime();
                if (early <= 0) {
                    return chunks.remove();
                }
                changed.awaitNanos(early);
            }
        } finally {
            lock.unlock();
        }
    }

    void forwardOnly(long bytes) {
        update(() -> forward = bytes);
    }

    void hold() {
        update(() -> held = true);
    }

    void release() {
        update(() -> held = false);
    }

    void delay(Duration delay) {
        update(() -> delayNanos = delay.toNanos());
    }

    void drainSlowly(int bytes, Duration pause) {
        update(() -> {
            readSize = Math.min(bytes, CHUNK);
            readPauseNanos = pause.toNanos();
        });
    }

    void cutAfter(long bytes, CutOrder order) {
        update(() -> cutPoint = new CutPoint(bytes, order));
    }

    void heal() {
        update(() -> {
            forward = UNLIMITED;
            held = false;
            delayNanos = 0;
            cutPoint = null;
            readSize = CHUNK;
            readPauseNanos = 0;
        });
    }

    /** Drops whatever was not passed on, for ever. */
    void sever() {
        heal();
        update(() -> {
            severed = true;
            forward = 0;
        });
    }

    private boolean isSevered() {
        lock.lock();
        try {
            return severed;
        } finally {
            lock.unlock();
        }
    }

    private void update(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
