package io.reactivelock.spring.example;

import io.reactivelock.spring.Locked;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Mono;

/** Reads, decides, writes: safe, for nobody else is let in between, whatever becomes of this process. */
@Service
class Sales {
    private final ProductRepository products;

    Sales(ProductRepository products) {
        this.products = products;
    }

    /** Sells one unit, and emits what is left. */
    @Locked("item:#{#sku}")
    @Transactional
    public Mono<Product> sell(String sku) {
        return products.findById(sku)
                .switchIfEmpty(refusal(HttpStatus.NOT_FOUND, "there is no such item"))
                .flatMap(product ->
                        product.isSoldOut() ? refusal(HttpStatus.GONE, "sold out") : products.save(product.sold()));
    }

    private static Mono<Product> refusal(HttpStatus status, String reason) {
        return Mono.error(() -> new ResponseStatusException(status, reason));
    }
}
