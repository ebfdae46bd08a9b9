package io.reactivelock.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.api.StatefulConnection;
import io.reactivelock.redis.Request.PendingCommand;
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
 * Sends commands in the order in which they are submitted, several to one script call. While few calls are in flight, a command
 * leaves at once. While many are, commands wait and leave together when the next answer arrives. So a lone command is never delayed,
 * and the busier the connection, the fewer the calls.
 *
 * <p>Commands that are submitted while answers are delivered (a release in a lease's {@code onNext}, for example) leave together once
 * all of these answers are delivered.
 */
final class CommandBatcher {
    private final LazyConnection<? extends StatefulConnection<String, String>> connection;
    private final MasterCheck master;
    private final RedisTopology topology;
    private final RedisScript script;

    private final Queue<PendingCommand<?>> submitted =
            Queues.<PendingCommand<?>>unboundedMultiproducer().get();
    private final Queue<ScriptCall> unknown = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Throwable> notConnected = new AtomicReference<>();
    private final AtomicInteger inFlight = new AtomicInteger();

    /** The thread that raises it from 0 sends, also what other threads submit meanwhile. */
    private final AtomicInteger sending = new AtomicInteger();

    /** Used by the sending thread only. */
    private final Deque<PendingCommand<?>> next = new ArrayDeque<>();

    /** Used by the sending thread only: the calls that may not be written yet, all of them sent by the last sender. */
    private final Deque<ScriptCall> unwritten = new ArrayDeque<>();

    private @Nullable Thread lastSender;

    private volatile boolean connecting;
    private volatile @Nullable Thread delivering;

    CommandBatcher(
            LazyConnection<? extends StatefulConnection<String, String>> connection,
            MasterCheck master,
            RedisTopology topology,
            RedisScript script) {
        this.connection = connection;
        this.master = master;
        this.topology = topology;
        this.script = script;
    }

    void submit(PendingCommand<?> pending) {
        submitted.offer(pending);
        drain();
    }

    /** Lettuce may refuse a call and answer at once. Subscribers hear of it only after the sending is done. */
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
        for (PendingCommand<?> pending = submitted.poll(); pending != null; pending = submitted.poll()) {
            next.add(pending);
        }
        Throwable failure = notConnected.getAndSet(null);
        if (failure != null) {
            List<PendingCommand<?>> failed = List.copyOf(next);
            next.clear();
            consequences.add(() -> failed.forEach(pending -> pending.fail(failure)));
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
        Throwable refusal = master.refusal(opened);
        if (refusal != null) {
            consequences.add(unsent(refusal));
            return;
        }
        for (ScriptCall call = unknown.poll(); call != null; call = unknown.poll()) {
            send(call.inFull(script), opened, consequences);
        }
        while (!next.isEmpty()
                && (inFlight.get() < topology.callsInFlight || next.size() >= topology.operationsPerCall)) {
            ScriptCall call = new ScriptCall(script.digest());
            while (call.size() < topology.operationsPerCall && !next.isEmpty()) {
                call.add(next.remove());
            }
            send(call, opened, consequences);
        }
    }

    /**
     * Lettuce would keep what is sent now until it has connected again: an outage would fill the memory with what nobody waits for. So
     * nothing stays here, neither what was not sent yet nor what the server did not know.
     */
    private Runnable unsent(Throwable reason) {
        List<PendingCommand<?>> commands = List.copyOf(next);
        next.clear();
        List<ScriptCall> calls = new ArrayList<>();
        for (ScriptCall call = unknown.poll(); call != null; call = unknown.poll()) {
            calls.add(call);
        }
        return () -> {
            commands.forEach(pending -> pending.fail(reason));
            calls.forEach(call -> call.fail(reason));
        };
    }

    /**
     * Netty writes at once what its own thread sends, and queues what other threads send. So a thread sends only behind its own
     * calls, or behind calls that are written; otherwise the end of one of those calls resumes the sending. // A4
     */
    private boolean wouldOvertake() {
        unwritten.removeIf(ScriptCall::isWritten);
        return !unwritten.isEmpty() && lastSender != Thread.currentThread();
    }

    private void send(ScriptCall call, StatefulConnection<String, String> opened, List<Runnable> consequences) {
        if (call.size() > 0) {
            inFlight.incrementAndGet();
            Throwable refused = call.send(opened);
            if (refused != null) {
                consequences.add(() -> ended(call, null, refused));
                return;
            }
            if (topology.isOrdered()) {
                unwritten.add(call);
                lastSender = Thread.currentThread();
            }
            consequences.add(() -> call.onEnd((reply, error) -> answered(call, reply, error)));
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

    private void answered(ScriptCall call, @Nullable String reply, @Nullable Throwable error) {
        if (reply == null || master.isMaster()) {
            ended(call, reply, error);
        } else {
            master.vouch(reply).subscribe(counts -> ended(call, counts, null), e -> ended(call, null, e));
        }
    }

    private void ended(ScriptCall call, @Nullable String reply, @Nullable Throwable error) {
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

    private static void deliver(ScriptCall call, @Nullable String reply, @Nullable Throwable error) {
        if (reply != null) {
            call.deliver(reply);
        } else {
            call.fail(error == null ? new IllegalStateException("Redis answered nothing") : error);
        }
    }
}
