/** How long does it take from a release to the next holder? */
@NullMarked
package io.reactivelock.benchmarks.handoff;

import org.jspecify.annotations.NullMarked;
