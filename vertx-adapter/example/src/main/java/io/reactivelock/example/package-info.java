/** A shop on Vert.x: one route that sells an item, with a lock and a guard. */
@NullMarked
package io.reactivelock.example;

import org.jspecify.annotations.NullMarked;
