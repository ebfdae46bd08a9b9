/** How long does it take from a release to the next holder? */
@NullMarked
package io.reactivelock.speed.handoff;

import org.jspecify.annotations.NullMarked;
