package io.reactivelock.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import io.reactivelock.redis.Request.PendingCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One script call, which carries the operations of several commands. */
final class ScriptCall {
    private final RedisScript.Form form;
    private final List<PendingCommand<?>> commands = new ArrayList<>();

    /** How many commands still want the answer. The sender counts as one until the call is sent. */
    private final AtomicInteger interested = new AtomicInteger(1);

    private @Nullable AsyncCommand<String, String, String> sent;

    private volatile boolean written;

    ScriptCall(RedisScript.Form form) {
        this.form = form;
    }

    /** Adds a command unless it was cancelled. Not to be called once the call is sent. */
    void add(PendingCommand<?> pending) {
        interested.incrementAndGet();
        if (pending.enter(this)) {
            commands.add(pending);
        } else {
            interested.decrementAndGet();
        }
    }

    int size() {
        return commands.size();
    }

    /** Returns the same call with the script in full, for a server that did not know the digest. Leaves cancelled commands out. */
    ScriptCall inFull(RedisScript script) {
        ScriptCall again = new ScriptCall(script.text());
        commands.forEach(again::add);
        return again;
    }

    /** Returns whether nothing sent from now on, by any thread, can overtake this call. */
    boolean isWritten() {
        return written || (sent != null && sent.isDone());
    }

    /**
     * Returns what the driver throws where it refuses the call, as it does once its client was shut down; else null.
     */
    @SuppressWarnings("CatchingUnchecked") // an Error of the driver, too, is no reason to keep the others waiting
    @Nullable
    Throwable send(StatefulConnection<String, String> connection) {
        try {
            sent = RedisScript.dispatch(
                    connection, form.command, new ScriptCallArguments(form.script, commands, () -> written = true));
        } catch (Throwable refused) {
            return refused;
        }
        leave();
        return null;
    }

    /** Passes on the reply or the error, possibly at once. To be called after the call was sent. */
    void onEnd(BiConsumer<@Nullable String, @Nullable Throwable> action) {
        if (sent != null) {
            sent.onComplete(action);
        }
    }

    /** A command was cancelled. Once all were, a call that still waits for the connection is not sent. */
    void leave() {
        if (interested.decrementAndGet() == 0 && sent != null) {
            sent.cancel();
        }
    }

    void deliver(String reply) {
        int from = 0;
        for (PendingCommand<?> pending : commands) {
            int end = reply.indexOf('\n', from);
            int to = end < 0 ? reply.length() : end;
            pending.answer(reply, from, to);
            from = to + 1;
        }
    }

    void fail(Throwable error) {
        commands.forEach(pending -> pending.fail(error));
    }
}
