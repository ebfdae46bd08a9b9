/** Locks for Vert.x: a {@code Future} on the caller's context. */
@NullMarked
package io.reactivelock.vertx;

import org.jspecify.annotations.NullMarked;
