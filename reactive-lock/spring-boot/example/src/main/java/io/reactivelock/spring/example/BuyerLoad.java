package io.reactivelock.spring.example;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Many buyers of one item, at all instances at once. Each asks until it has bought, or until the item is sold out. */
final class BuyerLoad {
    private static final Duration LONGEST_ANSWER = Duration.ofMinutes(2);
    private static final Duration BEFORE_NEXT_TRY = Duration.ofMillis(100);
    private static final int SOLD_OUT = 410;

    private final Map<Integer, LongAdder> answers = new ConcurrentSkipListMap<>();
    private final AtomicLong bought = new AtomicLong();
    private final AtomicLong soldOut = new AtomicLong();

    /** Completes when every buyer has bought, or found the item sold out. */
    Mono<Void> buy(String sku, int buyers, List<ShopProcess> instances) {
        return Flux.range(0, buyers)
                .flatMap(
                        buyer ->
                                buy(sku, instances.get(buyer % instances.size()).http()),
                        buyers)
                .then();
    }

    private Mono<Void> buy(String sku, WebClient http) {
        return http.post()
                .uri("/items/{sku}/purchase", sku)
                .exchangeToMono(response -> response.releaseBody().thenReturn(response.statusCode()))
                .timeout(LONGEST_ANSWER)
                .doOnNext(status -> answers.computeIfAbsent(status.value(), any -> new LongAdder())
                        .increment())
                .filter(this::isFinal)
                .single()
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, BEFORE_NEXT_TRY))
                .then();
    }

    private boolean isFinal(HttpStatusCode status) {
        if (status.is2xxSuccessful()) {
            bought.incrementAndGet();
            return true;
        }
        if (status.value() == SOLD_OUT) {
            soldOut.incrementAndGet();
            return true;
        }
        return false;
    }

    /** How many were told that they have bought. */
    long bought() {
        return bought.get();
    }

    long soldOut() {
        return soldOut.get();
    }

    /** How often each status was answered. */
    Map<Integer, Long> answers() {
        Map<Integer, Long> sums = new TreeMap<>();
        answers.forEach((status, count) -> sums.put(status, count.sum()));
        return sums;
    }
}
