/** What does it cost to take a free lock and to give it back? */
@NullMarked
package io.reactivelock.speed.freecycle;

import org.jspecify.annotations.NullMarked;
