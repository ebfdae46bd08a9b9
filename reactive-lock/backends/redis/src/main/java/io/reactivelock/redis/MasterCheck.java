package io.reactivelock.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.CommandType;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Refuses what a replica answers. Most say READONLY by themselves; one with {@code replica-read-only no} takes every write, keeps it to
 * itself and loses it. So each connection is asked what it reaches, as it is opened and after each reconnect, and no answer on it
 * counts before that is known. A server that does not tell, as its access lists may have it, is taken for a master. // A8
 *
 * <p>Whatever is not a master is asked again when it is to be used, for it may become one without breaking its connections.
 */
final class MasterCheck implements RedisConnectionStateListener {
    private enum Server {
        MASTER,
        WRITABLE_REPLICA,
        /** The connection broke before it was told. */
        UNKNOWN
    }

    private final boolean asks;

    /** The answer, once it is there, for as long as the connection lasts. */
    private volatile CompletableFuture<Server> server = new CompletableFuture<>();

    private volatile @Nullable StatefulConnection<String, String> watched;

    private MasterCheck(boolean asks) {
        this.asks = asks;
    }

    static MasterCheck of(RedisTopology topology) {
        return topology == RedisTopology.ONE_MASTER ? new MasterCheck(true) : trusting();
    }

    /** Asks nobody: a replica of a Cluster redirects whatever it is asked. */
    static MasterCheck trusting() {
        MasterCheck trusting = new MasterCheck(false);
        trusting.server.complete(Server.MASTER);
        return trusting;
    }

    /** To be called as the connection is opened, before anything is sent on it. */
    void watch(StatefulConnection<String, String> connection) {
        if (asks) {
            watched = connection;
            connection.addListener(this);
            ask(connection);
        }
    }

    void stop() {
        StatefulConnection<String, String> connection = watched;
        if (connection != null) {
            connection.removeListener(this);
        }
    }

    @Override
    public void onRedisConnected(RedisChannelHandler<?, ?> connected, SocketAddress address) {
        StatefulConnection<String, String> connection = watched;
        if (connection != null) {
            ask(connection);
        }
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> broken) {
        replace(new CompletableFuture<>());
    }

    private void ask(StatefulConnection<String, String> connection) {
        CompletableFuture<Server> answer = new CompletableFuture<>();
        replace(answer);
        RedisScript.send(connection, CommandType.INFO, () -> RedisScript.args().add("replication"))
                .map(MasterCheck::read)
                .onErrorResume(
                        e -> Mono.just(e instanceof RedisCommandExecutionException ? Server.MASTER : Server.UNKNOWN))
                .subscribe(answer::complete);
    }

    /** What came from the server before and was not vouched for by then never will be. */
    private void replace(CompletableFuture<Server> next) {
        CompletableFuture<Server> last;
        synchronized (this) {
            last = server;
            server = next;
        }
        last.complete(Server.UNKNOWN);
    }

    private static Server read(String replication) {
        boolean writable = replication.contains("role:slave") && replication.contains("slave_read_only:0");
        return writable ? Server.WRITABLE_REPLICA : Server.MASTER;
    }

    boolean isMaster() {
        return server.getNow(Server.UNKNOWN) == Server.MASTER;
    }

    /** Why nothing should be sent on the connection now; null where nothing is known against it. */
    @Nullable
    RedisException refusal(StatefulConnection<String, String> connection) {
        if (!connection.isOpen()) {
            return RedisErrors.notConnected(connection);
        }
        Server known = server.getNow(Server.MASTER);
        if (known == Server.MASTER) {
            return null;
        }
        ask(connection);
        return known == Server.WRITABLE_REPLICA
                ? new RedisCommandExecutionException("READONLY it is a replica with replica-read-only no")
                : RedisErrors.notConnected(connection);
    }

    /** Completes once it is known that a master gave the answer that was just read; else fails, for what it did is lost. */
    Mono<String> vouch(String reply) {
        return isMaster()
                ? Mono.just(reply)
                : Mono.fromFuture(server, true)
                        .filter(known -> known == Server.MASTER)
                        .map(master -> reply)
                        .switchIfEmpty(Mono.error(() -> new RedisException("the answer of a replica does not count")));
    }
}
