package io.reactivelock.chaos;

import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.resource.ClientResources;
import io.reactivelock.LockClient;
import io.reactivelock.chaos.fault.ChaosTopology;
import io.reactivelock.chaos.fault.RedisAddress;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.redis.RedisLockBackend;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The clients of a worker: the real lock client, the real guard. They end with the process. */
final class WorkerClients {
    private static final int CONNECTIONS = 10;
    private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration TOPOLOGY_REFRESH = Duration.ofSeconds(1);

    private final LockClient locks;
    private final ChaosDatabase database;
    private final R2dbcFencingGuard guard;
    private volatile @Nullable History history;

    private WorkerClients(WorkerSetting setting) {
        this.locks = LockClient.create(new WatchedBackend(backend(setting.redis()), this::renewedAfterRelease));
        this.database = ChaosDatabase.open(setting.postgres(), CONNECTIONS, REPLY_TIMEOUT);
        this.guard = R2dbcFencingGuard.create(
                database.connections(),
                FencingGuardOptions.defaults()
                        .lockTimeout(LOCK_TIMEOUT)
                        .idleInTransactionTimeout(LOCK_TIMEOUT)
                        .replyTimeout(REPLY_TIMEOUT));
    }

    static WorkerClients open(WorkerSetting setting) {
        return new WorkerClients(setting);
    }

    private static RedisLockBackend backend(RedisAddress redis) {
        ClientResources resources = redis.resources();
        if (redis.topology() != ChaosTopology.CLUSTER) {
            return RedisLockBackend.create(RedisClient.create(resources, redis.uri()));
        }
        RedisClusterClient client = RedisClusterClient.create(resources, redis.uri());
        client.setOptions(ClusterClientOptions.builder()
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enablePeriodicRefresh(TOPOLOGY_REFRESH)
                        .build())
                .build());
        return RedisLockBackend.create(client);
    }

    /** Renewals belong to no span; they are counted in the one that runs. */
    void countIn(History current) {
        history = current;
    }

    private void renewedAfterRelease() {
        History current = history;
        if (current != null) {
            current.count(CountedEvent.RENEWALS_AFTER_RELEASE);
        }
    }

    LockClient locks() {
        return locks;
    }

    R2dbcFencingGuard guard() {
        return guard;
    }

    ChaosDatabase database() {
        return database;
    }
}
