package io.reactivelock.spring.example;

import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** {@code POST /items/{sku}/purchase}. What the lock or the guard refuses is answered as a problem (RFC 9457). */
@RestController
class PurchaseController {
    private final Sales sales;

    PurchaseController(Sales sales) {
        this.sales = sales;
    }

    @PostMapping("/items/{sku}/purchase")
    Mono<Product> purchase(@PathVariable String sku) {
        return sales.sell(sku);
    }
}
