package io.reactivelock.spring.example;

import org.springframework.data.annotation.Id;

/**
 * A row of the table {@code product}.
 *
 * @param sku what identifies it
 * @param units how many are left
 */
record Product(@Id String sku, int units) {
    boolean isSoldOut() {
        return units == 0;
    }

    Product sold() {
        return new Product(sku, units - 1);
    }
}
