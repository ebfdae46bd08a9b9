/**
 * Reactive Lock measured beside its peers. {@link io.reactivelock.benchmarks.Run} is the command; each question has a package of
 * its own.
 */
@NullMarked
package io.reactivelock.benchmarks;

import org.jspecify.annotations.NullMarked;
