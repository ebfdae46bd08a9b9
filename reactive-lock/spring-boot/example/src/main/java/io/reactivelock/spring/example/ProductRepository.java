package io.reactivelock.spring.example;

import io.reactivelock.spring.Fenced;
import org.springframework.data.r2dbc.repository.R2dbcRepository;

/**
 * Writes products under the lock of each, and refuses the writes of a holder whose time is over. With Spring Data for Redis on the class
 * path as well, a repository has to say whose it is: an {@code R2dbcRepository}, or one of an entity with {@code @Table}.
 */
@Fenced(resource = "'item:' + sku")
interface ProductRepository extends R2dbcRepository<Product, String> {}
