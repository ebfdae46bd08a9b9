/** Locks and guards as beans, from the application's own settings. */
@NullMarked
package io.reactivelock.spring.client;

import org.jspecify.annotations.NullMarked;
