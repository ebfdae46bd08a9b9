package io.reactivelock.demo;

import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.spi.LockBackend;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** One worker's part in one mode. */
final class Session {
    /** How many buyers of one item are served at a time. */
    private static final int COUNTERS = 8;

    private final DemoDatabase database;
    private final Exclusion exclusion;
    private final Counters counters;
    private final Checkout checkout;
    private final Scheduler tills;
    private final AtomicReference<@Nullable SelfStop> stop = new AtomicReference<>();

    private Session(DemoDatabase database, Exclusion exclusion, Counters counters) {
        this.database = database;
        this.exclusion = exclusion;
        this.counters = counters;
        this.tills = Schedulers.newBoundedElastic(2, Integer.MAX_VALUE, "till");
        this.checkout = new Checkout(exclusion, new StockTable(database), counters, tills);
    }

    static Session open(Command.Open command) {
        DemoDatabase database = DemoDatabase.open(command.postgres(), command.schema());
        Counters counters = new Counters();
        Exclusion exclusion = switch (command.mode()) {
            case NONE -> new NoLock(database);
            case LOCK -> new LockOnly(locks(command, counters), database);
            case GUARDED -> LockAndGuard.of(locks(command, counters), database);
        };
        return new Session(database, exclusion, counters);
    }

    private static DemoLocks locks(Command.Open command, Counters counters) {
        LockBackend backend = RedisLockBackend.create(command.redis());
        return DemoLocks.create(
                backend, counters, command.run() + command.mode().id() + ":item:", command.lease());
    }

    Mono<Void> sell(Command.Sell command, Consumer<Event> events) {
        return Mono.defer(() -> {
            Runnable lastInstant = () -> {};
            if (command.stops()) {
                SelfStop selfStop = new SelfStop(() -> events.accept(new Event.Stopping(command.id())));
                stop.set(selfStop);
                lastInstant = selfStop;
            }
            return sell(command, events, lastInstant);
        });
    }

    private Mono<Void> sell(Command.Sell command, Consumer<Event> events, Runnable lastInstant) {
        return Flux.fromIterable(command.buyers())
                .flatMap(
                        buyer -> checkout.buy(command.item(), buyer, lastInstant)
                                .filter(sold -> sold)
                                .doOnNext(sold -> events.accept(new Event.Sold(command.id(), buyer))),
                        COUNTERS)
                .then();
    }

    Mono<Void> resumed() {
        return Mono.justOrEmpty(stop.getAndSet(null)).flatMap(SelfStop::resumed);
    }

    Mono<DemoTally> close() {
        return exclusion
                .close()
                .then(database.close())
                .then(tills.disposeGracefully())
                .then(Mono.fromSupplier(counters::tally));
    }
}
