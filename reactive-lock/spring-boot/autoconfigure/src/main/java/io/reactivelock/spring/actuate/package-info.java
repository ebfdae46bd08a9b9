/** What an application shows of its locks: meters, observations, health, and an endpoint. */
@NullMarked
package io.reactivelock.spring.actuate;

import org.jspecify.annotations.NullMarked;
