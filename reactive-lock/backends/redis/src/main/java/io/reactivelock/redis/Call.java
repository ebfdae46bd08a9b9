package io.reactivelock.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import io.reactivelock.redis.Request.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One script call on its way, with the operations of its members. */
final class Call {
    private final RedisScript.Form form;
    private final List<Member<?>> members = new ArrayList<>();

    /** Its members that were not cancelled, and, until it is sent, its sender. */
    private final AtomicInteger interested = new AtomicInteger(1);

    private @Nullable AsyncCommand<String, String, String> command;

    private volatile boolean written;

    Call(RedisScript.Form form) {
        this.form = form;
    }

    /** A member that was cancelled stays out. To be called before it is sent. */
    void add(Member<?> member) {
        interested.incrementAndGet();
        if (member.enter(this)) {
            members.add(member);
        } else {
            interested.decrementAndGet();
        }
    }

    int size() {
        return members.size();
    }

    /** The same for a server that does not know the script, which has run nothing of it, with the members that are still there. */
    Call inFull(RedisScript script) {
        Call again = new Call(script.text());
        members.forEach(again::add);
        return again;
    }

    /** Returns whether nothing that is sent from now on, by whatever thread, can come before it. */
    boolean isWritten() {
        return written || (command != null && command.isDone());
    }

    void send(StatefulConnection<String, String> connection) {
        command = RedisScript.dispatch(
                connection, form.command, new CallArguments(form.script, members, () -> written = true));
        leave();
    }

    /** Says what it came to: a reply, or an error. To be called once it is sent; may answer at once. */
    void onEnd(BiConsumer<@Nullable String, @Nullable Throwable> action) {
        if (command != null) {
            command.onComplete(action);
        }
    }

    /** A member was cancelled. Once all were, a call that still waits for the connection is not sent. */
    void leave() {
        if (interested.decrementAndGet() == 0 && command != null) {
            command.cancel();
        }
    }

    void deliver(String reply) {
        int from = 0;
        for (Member<?> member : members) {
            int end = reply.indexOf('\n', from);
            int to = end < 0 ? reply.length() : end;
            member.answer(reply, from, to);
            from = to + 1;
        }
    }

    void fail(Throwable error) {
        members.forEach(member -> member.fail(error));
    }
}
