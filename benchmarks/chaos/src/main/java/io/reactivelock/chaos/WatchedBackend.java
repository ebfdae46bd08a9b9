package io.reactivelock.chaos;

import io.reactivelock.Holder;
import io.reactivelock.spi.DelegatingLockBackend;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Detects renewals that are sent for a holder after its release was answered. */
final class WatchedBackend extends DelegatingLockBackend {
    /** Remembers this many holders, up to twice as many. That suffices: a wrong renewal comes within a lease time. */
    private static final int REMEMBERED = 50_000;

    private final Runnable renewedAfterRelease;
    private volatile Set<Holder> released = ConcurrentHashMap.newKeySet();
    private volatile Set<Holder> releasedBefore = Set.of();

    WatchedBackend(LockBackend backend, Runnable renewedAfterRelease) {
        super(backend);
        this.renewedAfterRelease = renewedAfterRelease;
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return Flux.defer(() -> {
            renewals.stream()
                    .filter(renewal -> released.contains(renewal.holder()) || releasedBefore.contains(renewal.holder()))
                    .forEach(renewal -> renewedAfterRelease.run());
            return super.renew(renewals);
        });
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return super.release(name, holder).doOnNext(answer -> remember(holder));
    }

    private synchronized void remember(Holder holder) {
        if (released.size() >= REMEMBERED) {
            releasedBefore = released;
            released = ConcurrentHashMap.newKeySet();
        }
        released.add(holder);
    }
}
