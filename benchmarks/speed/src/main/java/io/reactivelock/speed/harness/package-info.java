/** What all questions need: the plan of a run, JMH, the server's own counts, and the shape of an answer. */
@NullMarked
package io.reactivelock.speed.harness;

import org.jspecify.annotations.NullMarked;
