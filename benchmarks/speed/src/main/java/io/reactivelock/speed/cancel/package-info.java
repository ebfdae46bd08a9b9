/** What is left of acquires that were cancelled? */
@NullMarked
package io.reactivelock.speed.cancel;

import org.jspecify.annotations.NullMarked;
