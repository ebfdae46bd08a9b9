/** What all questions need: the plan of a run, JMH, the server's own counts, and the shape of an answer. */
@NullMarked
package io.reactivelock.benchmarks.harness;

import org.jspecify.annotations.NullMarked;
