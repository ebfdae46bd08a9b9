/** Runs what {@link io.reactivelock.spring.Locked} says: finds the annotations, checks them at startup, takes the locks. */
@NullMarked
package io.reactivelock.spring.locked;

import org.jspecify.annotations.NullMarked;
