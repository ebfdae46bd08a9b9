/** What does the guard add to a write? */
@NullMarked
package io.reactivelock.benchmarks.fenced;

import org.jspecify.annotations.NullMarked;
