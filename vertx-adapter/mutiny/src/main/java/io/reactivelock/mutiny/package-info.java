/** Locks for Mutiny: {@code Uni} and {@code Multi}. */
@NullMarked
package io.reactivelock.mutiny;

import org.jspecify.annotations.NullMarked;
