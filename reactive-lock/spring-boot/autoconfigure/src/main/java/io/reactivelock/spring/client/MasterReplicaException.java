package io.reactivelock.spring.client;

/** The application's Redis is a static set of a master and its replicas, which says nothing of who the master is after a failover. */
final class MasterReplicaException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    MasterReplicaException() {
        super("locks cannot be kept on a static set of a master and its replicas:"
                + " after a failover nothing says which of them is the master");
    }
}
