package io.reactivelock.spring.example;

import io.reactivelock.spring.Locked;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Every instance starts it at three; one of them runs it. */
@Component
class NightlyInventory {
    private static final Logger LOG = LoggerFactory.getLogger(NightlyInventory.class);

    private final ProductRepository products;

    NightlyInventory(ProductRepository products) {
        this.products = products;
    }

    /** Counts what is left. Later than the clocks of two instances differ, nobody starts it again. */
    @Scheduled(cron = "${shop.inventory:0 0 3 * * *}")
    @Locked(value = "nightly-inventory", onBusy = Locked.OnBusy.SKIP, leaseTime = "1m", holdAtLeast = "30s")
    public Mono<Long> count() {
        return products.findAll()
                .map(Product::units)
                .reduce(0L, Long::sum)
                .doOnNext(units -> LOG.info("{} units are left", units));
    }
}
