package io.reactivelock.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.PartitionException;
import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The one place that says what a failure of Lettuce or Redis leaves open. */
final class RedisErrors {
    static final String CLOSED = "Connection is closed";

    private static final String NOT_SERVED = "the Cluster does not serve this slot now";
    private static final String REPLICA = "this Redis is a replica; locks need the master";
    private static final String NOT_CONNECTED = "Currently not connected";

    /** The first word of an error reply; servers before Redis 7 put the place in the script before it. */
    private static final Pattern CODE =
            Pattern.compile("(?:.*@user_script:\\s*\\d+:\\s*-?)?([A-Z]+)\\b.*", Pattern.DOTALL);

    private RedisErrors() {}

    /** Why nothing can be sent on a connection: it broke and is not there again, or it was closed for good. */
    static RedisException notConnected(StatefulConnection<?, ?> connection) {
        boolean closed = connection instanceof RedisChannelHandler<?, ?> handler && handler.isClosed();
        return new RedisException(closed ? CLOSED : NOT_CONNECTED);
    }

    static LockBackendException map(String lockName, Throwable error) {
        Throwable failure = error;
        while (failure instanceof CompletionException && failure.getCause() != null) {
            failure = failure.getCause();
        }
        if (failure instanceof LockBackendException known) {
            return known;
        }
        RedisCommandExecutionException reply = reply(failure);
        Throwable reason = reply == null ? failure : reply;
        Outcome outcome = reply == null ? ofFailure(failure) : ofReply(Objects.toString(reply.getMessage(), ""));
        return new LockBackendException(
                lockName,
                outcome.kind,
                outcome.hint + " (" + Objects.toString(reason.getMessage(), reason.toString()) + ")",
                failure);
    }

    /** Whether the keys of the command were not all in one place, while their slot moves to another node of a Cluster. */
    static boolean isDivided(Throwable error) {
        return error instanceof RedisCommandExecutionException
                && Objects.toString(error.getMessage(), "").startsWith("TRYAGAIN");
    }

    /** What the server said of one operation among several. */
    static LockBackendException ofReply(String lockName, String text) {
        return map(lockName, new RedisCommandExecutionException(text));
    }

    /** The server's reply, also where it stands behind a failed attempt to connect, as a wrong password does. */
    private static @Nullable RedisCommandExecutionException reply(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisCommandExecutionException reply) {
                return reply;
            }
        }
        return null;
    }

    /** Lettuce has no types for its own refusals. What is not known to be one of them may have been sent. */
    private static Outcome ofFailure(Throwable failure) {
        String message = Objects.toString(failure.getMessage(), "");
        if (failure instanceof RedisConnectionException || failure instanceof PartitionException) {
            return new Outcome(Kind.TRANSIENT, "cannot connect to Redis");
        }
        if (failure instanceof RedisException && message.startsWith(NOT_CONNECTED)) {
            return new Outcome(Kind.TRANSIENT, "not connected to Redis");
        }
        if (failure instanceof RedisException && message.contains("size exceeded")) {
            return new Outcome(Kind.TRANSIENT, "too many commands wait in the Redis client");
        }
        if (failure instanceof RedisException && message.equals(CLOSED)) {
            return new Outcome(Kind.PERMANENT, "the connection or the backend was closed");
        }
        if (failure instanceof RejectedExecutionException
                || (failure instanceof IllegalStateException && message.equals("cannot be started once stopped"))) {
            return new Outcome(Kind.PERMANENT, "the Redis client was shut down");
        }
        return new Outcome(Kind.UNKNOWN, "no reply came from Redis");
    }

    private static Outcome ofReply(String message) {
        Matcher matcher = CODE.matcher(message);
        String code = matcher.matches() ? matcher.group(1) : "";
        return switch (code) {
            case "LOADING" -> new Outcome(Kind.TRANSIENT, "Redis is loading its data");
            case "BUSY" -> new Outcome(Kind.TRANSIENT, "Redis is busy with a script of someone else");
            case "READONLY" -> new Outcome(Kind.TRANSIENT, REPLICA);
            case "MASTERDOWN" -> new Outcome(Kind.TRANSIENT, "this Redis is a replica without its master");
            case "NOREPLICAS" -> new Outcome(Kind.TRANSIENT, "Redis has fewer replicas than it needs for writes");
            case "MISCONF" -> new Outcome(Kind.TRANSIENT, "Redis cannot save its data and refuses writes");
            case "OOM" -> new Outcome(Kind.TRANSIENT, "Redis is out of memory; raise maxmemory");
            case "CLUSTERDOWN", "TRYAGAIN" -> new Outcome(Kind.TRANSIENT, NOT_SERVED);
            case "MOVED", "ASK" ->
                new Outcome(Kind.TRANSIENT, "another node serves this slot; a Cluster needs a RedisClusterClient");
            case "WRONGTYPE", "FOREIGNKEY" ->
                new Outcome(
                        Kind.PERMANENT,
                        "something else is stored under a key of this lock; remove it, or choose another key prefix");
            case "TOKENOVERFLOW" -> new Outcome(Kind.PERMANENT, "the fencing tokens of this lock are used up");
            case "NOAUTH", "WRONGPASS", "NOPERM" ->
                new Outcome(
                        Kind.PERMANENT,
                        "this Redis user may not run scripts, or not use the keys and channels of the key prefix");
            case "ERR", "" -> ofText(message);
            default -> new Outcome(Kind.UNKNOWN, "Redis failed");
        };
    }

    /**
     * Replies whose code is the general ERR, or that have none, as those of a script have before Redis 7. Redis answers so instead of
     * running a command, so it had no effect. That holds for a script too: {@code lock.lua} fails before it writes, or for one
     * operation that granted nothing. {@code renew.lua} may have renewed some leases, which then only stay longer than the client
     * counts on. The same will happen again until somebody repairs it; waiting for the deadline would hide the reason.
     */
    private static Outcome ofText(String message) {
        if (message.contains("SCRIPT KILL")) {
            return new Outcome(Kind.TRANSIENT, "somebody killed the script, which Redis permits before it has written");
        }
        if (message.contains("replica instances")) {
            return new Outcome(Kind.TRANSIENT, REPLICA);
        }
        if (message.contains("a non local key") || message.contains("cluster is down")) {
            // what a script does to a key that it has just deleted, on the node that the slot leaves
            return new Outcome(Kind.TRANSIENT, NOT_SERVED);
        }
        if (message.contains("after non deterministic commands")) {
            return new Outcome(Kind.PERMANENT, "lua-replicate-commands is off; leave it on, as it is by default");
        }
        if (message.contains("max number of clients")) {
            return new Outcome(Kind.TRANSIENT, "Redis has too many clients");
        }
        if (message.contains("can't run this command") || message.contains("has no permissions to run")) {
            return new Outcome(Kind.PERMANENT, "this Redis user may not run a command of the scripts");
        }
        if (message.contains("nknown command") || message.contains("nknown Redis command")) {
            return new Outcome(Kind.PERMANENT, "Redis lacks a command; version 6.2 or newer is needed");
        }
        return new Outcome(Kind.PERMANENT, "Redis refused the command");
    }

    private record Outcome(Kind kind, String hint) {}
}
