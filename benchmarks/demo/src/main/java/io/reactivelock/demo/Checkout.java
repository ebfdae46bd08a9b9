package io.reactivelock.demo;

import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.reactivelock.LeaseLostException;
import io.reactivelock.fencing.StaleTokenException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/** Sells one unit to one buyer: reads the stock, checks that the lease is valid, writes the stock less one. */
final class Checkout {
    private static final Retry AGAIN = Retry.backoff(30, Duration.ofMillis(5))
            .maxBackoff(Duration.ofMillis(500))
            .filter(DemoFailures::mayRetry)
            .onRetryExhaustedThrow((spec, signal) -> signal.failure());

    private final Exclusion exclusion;
    private final StockTable stock;
    private final Counters counters;
    private final Scheduler tills;

    Checkout(Exclusion exclusion, StockTable stock, Counters counters, Scheduler tills) {
        this.exclusion = exclusion;
        this.stock = stock;
        this.counters = counters;
        this.tills = tills;
    }

    /**
     * Sells. A buyer whose sale failed in a way that may pass comes again; the log has one row for each buyer, so a sale that had
     * succeeded without our knowing does not succeed twice.
     *
     * @param lastInstant runs between the last validity check and the write
     * @return true if a unit was sold, false if there was none
     */
    Mono<Boolean> buy(int item, int buyer, Runnable lastInstant) {
        return Mono.defer(() -> attempt(item, buyer, lastInstant))
                .onErrorResume(R2dbcDataIntegrityViolationException.class, soldBefore -> Mono.just(true))
                .retryWhen(AGAIN);
    }

    private Mono<Boolean> attempt(int item, int buyer, Runnable lastInstant) {
        AtomicReference<@Nullable Mono<Boolean>> write = new AtomicReference<>();
        return exclusion
                .<Boolean>hold(
                        item,
                        turn -> enter(turn, item).then(stock.read(item)).flatMap(read -> {
                            if (read.units() <= 0) {
                                return Mono.just(false);
                            }
                            Mono<Boolean> written = write(turn, item, buyer, read, lastInstant);
                            write.set(written);
                            return written;
                        }))
                .onErrorResume(LeaseLostException.class, lost -> {
                    // the lease went while the write was on its way, so the answer to the write decides
                    Mono<Boolean> written = write.get();
                    return written != null ? written : Mono.error(lost);
                });
    }

    private Mono<Void> enter(Exclusion.ExclusiveSale turn, int item) {
        return turn.token() > 0 ? stock.enter(item, turn.token()) : Mono.empty();
    }

    /**
     * Goes straight from the check to the write, on a thread of its own, as blocking code would: no cancel comes between, and none
     * calls the write back.
     */
    private Mono<Boolean> write(
            Exclusion.ExclusiveSale turn, int item, int buyer, StockTable.Stock read, Runnable lastInstant) {
        Mono<Boolean> write = Mono.defer(() -> {
                    if (!turn.isValid()) {
                        return Mono.error(new DemoFailures.LeaseEnded());
                    }
                    lastInstant.run();
                    return turn.write(connection -> StockTable.sell(connection, item, buyer, read, turn.token()));
                })
                .doOnError(StaleTokenException.class, stale -> counters.staleWriteRejected())
                .subscribeOn(tills);
        return Mono.fromFuture(write.toFuture(), true);
    }
}
