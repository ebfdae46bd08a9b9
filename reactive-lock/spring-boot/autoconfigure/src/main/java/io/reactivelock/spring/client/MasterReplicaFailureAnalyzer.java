package io.reactivelock.spring.client;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** What to do about a static set of a master and its replicas. */
final class MasterReplicaFailureAnalyzer extends AbstractFailureAnalyzer<MasterReplicaException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, MasterReplicaException cause) {
        return new FailureAnalysis(
                "The application's Redis is a static set of a master and its replicas (spring.data.redis.masterreplica),"
                        + " and " + cause.getMessage() + ".",
                "Put Sentinel in front of it (spring.data.redis.sentinel), use a Cluster (spring.data.redis.cluster),"
                        + " or name the one server that keeps the locks: reactive-lock.redis.url=redis://HOST:6379.",
                cause);
    }
}
