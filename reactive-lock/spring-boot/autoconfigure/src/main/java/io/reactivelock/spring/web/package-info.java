/** What a web application of Spring WebFlux says of its locks: to its clients, and in its log. */
@NullMarked
package io.reactivelock.spring.web;

import org.jspecify.annotations.NullMarked;
