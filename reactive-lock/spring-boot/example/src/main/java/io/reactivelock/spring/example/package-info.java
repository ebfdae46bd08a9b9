/** A shop on Spring Boot: it sells one unit of a product at a time, over all its instances. */
@NullMarked
package io.reactivelock.spring.example;

import org.jspecify.annotations.NullMarked;
