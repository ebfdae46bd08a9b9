/** What does the guard add to a write? */
@NullMarked
package io.reactivelock.speed.fenced;

import org.jspecify.annotations.NullMarked;
