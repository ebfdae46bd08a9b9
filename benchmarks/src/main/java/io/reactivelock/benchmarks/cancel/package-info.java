/** What is left of acquires that were cancelled? */
@NullMarked
package io.reactivelock.benchmarks.cancel;

import org.jspecify.annotations.NullMarked;
