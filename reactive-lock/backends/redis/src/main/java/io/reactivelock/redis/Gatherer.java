package io.reactivelock.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.api.StatefulConnection;
import io.reactivelock.redis.Request.Member;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.util.concurrent.Queues;

/**
 * Sends operations in the order in which they are submitted. One that finds few calls under way leaves at once; those that come
 * while more are under way leave together with the next answer. So a lone one is never delayed, and the busier the connection, the
 * fewer the calls.
 *
 * <p>Operations that are submitted while answers are delivered, as the release in a lease's {@code onNext} is, leave together when
 * all of these answers were.
 */
final class Gatherer {
    private final LazyConnection<? extends StatefulConnection<String, String>> connection;
    private final Topology topology;
    private final RedisScript script;

    private final Queue<Member<?>> submitted =
            Queues.<Member<?>>unboundedMultiproducer().get();
    private final Queue<Call> unknown = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Throwable> notConnected = new AtomicReference<>();
    private final AtomicInteger inFlight = new AtomicInteger();

    /** Who raises it from 0 sends, for all that others submit meanwhile too. */
    private final AtomicInteger sending = new AtomicInteger();

    /** Only for who sends. */
    private final Deque<Member<?>> next = new ArrayDeque<>();

    /** Only for who sends: the calls that may not be written yet, all of them sent by the last sender. */
    private final Deque<Call> unwritten = new ArrayDeque<>();

    private @Nullable Thread lastSender;

    private volatile boolean connecting;
    private volatile @Nullable Thread delivering;

    Gatherer(
            LazyConnection<? extends StatefulConnection<String, String>> connection,
            Topology topology,
            RedisScript script) {
        this.connection = connection;
        this.topology = topology;
        this.script = script;
    }

    void submit(Member<?> member) {
        submitted.offer(member);
        drain();
    }

    /** What is sent can be answered at once, when Lettuce refuses it; foreign code runs only when the sending is done. */
    private void drain() {
        if (delivering == Thread.currentThread()) {
            return;
        }
        for (List<Runnable> consequences = send(); !consequences.isEmpty(); consequences = send()) {
            List<Runnable> all = consequences;
            deliver(() -> all.forEach(Runnable::run));
        }
    }

    private void deliver(Runnable delivery) {
        delivering = Thread.currentThread();
        try {
            delivery.run();
        } finally {
            delivering = null;
        }
    }

    private List<Runnable> send() {
        List<Runnable> consequences = new ArrayList<>(1);
        if (sending.getAndIncrement() == 0) {
            int seen = 1;
            do {
                sendWaiting(consequences);
                seen = sending.addAndGet(-seen);
            } while (seen != 0);
        }
        return consequences;
    }

    private void sendWaiting(List<Runnable> consequences) {
        for (Member<?> member = submitted.poll(); member != null; member = submitted.poll()) {
            next.add(member);
        }
        Throwable failure = notConnected.getAndSet(null);
        if (failure != null) {
            List<Member<?>> failed = List.copyOf(next);
            next.clear();
            consequences.add(() -> failed.forEach(member -> member.fail(failure)));
        }
        if ((next.isEmpty() && unknown.isEmpty()) || wouldOvertake()) {
            return;
        }
        StatefulConnection<String, String> opened = connection.opened();
        if (opened == null) {
            if (!connecting) {
                connecting = true;
                consequences.add(this::connect);
            }
            return;
        }
        for (Call call = unknown.poll(); call != null; call = unknown.poll()) {
            send(call.inFull(script), opened, consequences);
        }
        while (!next.isEmpty()
                && (inFlight.get() < topology.callsInFlight || next.size() >= topology.operationsPerCall)) {
            Call call = new Call(script.digest());
            while (call.size() < topology.operationsPerCall && !next.isEmpty()) {
                call.add(next.remove());
            }
            send(call, opened, consequences);
        }
    }

    /**
     * Netty writes at once what its own thread sends, and queues what other threads send. So a thread sends only what cannot
     * overtake: behind its own calls, or behind calls that are written. Otherwise the end of one of those calls goes on. // A4
     */
    private boolean wouldOvertake() {
        unwritten.removeIf(Call::isWritten);
        return !unwritten.isEmpty() && lastSender != Thread.currentThread();
    }

    private void send(Call call, StatefulConnection<String, String> opened, List<Runnable> consequences) {
        if (call.size() > 0) {
            inFlight.incrementAndGet();
            if (topology.isOrdered()) {
                unwritten.add(call);
                lastSender = Thread.currentThread();
            }
            call.send(opened);
            consequences.add(() -> call.onEnd((reply, error) -> ended(call, reply, error)));
        }
    }

    private void connect() {
        connection.get().subscribe(opened -> {}, this::connectFailed, this::connected);
    }

    private void connected() {
        connecting = false;
        drain();
    }

    private void connectFailed(Throwable error) {
        notConnected.set(error);
        connected();
    }

    private void ended(Call call, @Nullable String reply, @Nullable Throwable error) {
        inFlight.decrementAndGet();
        if (error instanceof RedisNoScriptException) {
            unknown.add(call);
            drain();
        } else if (delivering == Thread.currentThread()) {
            deliver(call, reply, error);
        } else {
            deliver(() -> deliver(call, reply, error));
            drain();
        }
    }

    private static void deliver(Call call, @Nullable String reply, @Nullable Throwable error) {
        if (reply != null) {
            call.deliver(reply);
        } else {
            call.fail(error == null ? new IllegalStateException("Redis answered nothing") : error);
        }
    }
}
