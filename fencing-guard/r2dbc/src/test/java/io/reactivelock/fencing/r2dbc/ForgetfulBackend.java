package io.reactivelock.fencing.r2dbc;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Locks whose one counter can be set back, as by a failover that lost writes, and whose leases never end by themselves. */
final class ForgetfulBackend implements LockBackend {
    final AtomicLong counter = new AtomicLong();
    final AtomicInteger grants = new AtomicInteger();
    final ConcurrentHashMap<String, Holder> held = new ConcurrentHashMap<>();
    private final boolean obeysFloor;

    ForgetfulBackend(boolean obeysFloor) {
        this.obeysFloor = obeysFloor;
    }

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return Mono.fromSupplier(() -> {
            Holder holder = held.computeIfAbsent(command.name(), name -> command.holder());
            if (!holder.equals(command.holder())) {
                return new AttemptResult.Busy(Duration.ofMillis(10));
            }
            grants.incrementAndGet();
            long floor = obeysFloor ? command.tokenAbove() : 0;
            return new AttemptResult.Granted(
                    counter.updateAndGet(last -> Math.max(last, floor) + 1), 1, false, command.leaseTime());
        });
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return Flux.fromIterable(renewals)
                .map(one -> one.holder().equals(held.get(one.name()))
                        ? new RenewalResult.Renewed(one.holder(), one.leaseTime())
                        : new RenewalResult.Lost(one.holder()));
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return Mono.fromSupplier(() -> held.remove(name, holder));
    }

    @Override
    public Consistency consistency() {
        return Consistency.FAILOVER_CAN_GRANT_TWICE;
    }

    @Override
    public LeaseTimes leaseTimes() {
        return new LeaseTimes(Duration.ofMillis(1), Duration.ofDays(1), Duration.ofMillis(1));
    }

    @Override
    public Mono<Void> ping() {
        return Mono.empty();
    }

    @Override
    public Mono<Void> close() {
        return Mono.empty();
    }
}
