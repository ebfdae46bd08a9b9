package io.reactivelock.internal;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.Lease;
import io.reactivelock.LeaseLoss;
import java.time.Duration;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * What an acquire hands out of a lease. The client itself keeps only the {@link DefaultLease} behind it, so that a lease that nobody can
 * reach any more, and so nobody will release, is found and is not renewed for ever. (C9)
 */
final class LeaseHandle implements Lease {
    private final DefaultLease lease;

    LeaseHandle(DefaultLease lease) {
        this.lease = lease;
    }

    /** What the client has of it. */
    DefaultLease granted() {
        return lease;
    }

    @Override
    public String name() {
        return lease.name();
    }

    @Override
    public String group() {
        return lease.group();
    }

    @Override
    public FencingToken token() {
        return lease.token();
    }

    @Override
    public Holder backendHolder() {
        return lease.backendHolder();
    }

    @Override
    public Duration remaining() {
        return lease.remaining();
    }

    @Override
    public boolean isValid() {
        return lease.isValid();
    }

    @Override
    public Mono<LeaseLoss> lost() {
        return lease.lost();
    }

    /** Keeps this handle reachable for as long as somebody may still subscribe. */
    @Override
    public Mono<Boolean> release() {
        return new Mono<Boolean>() {
            @Override
            public void subscribe(CoreSubscriber<? super Boolean> actual) {
                lease.release(actual);
            }
        };
    }

    @Override
    public String toString() {
        return lease.toString();
    }
}
