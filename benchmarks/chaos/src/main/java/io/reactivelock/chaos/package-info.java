/**
 * The long run with real faults: processes do fenced read-modify-writes through real Redis and real PostgreSQL while servers,
 * networks, clocks and the processes themselves fail, and a checker judges the history of what they saw.
 *
 * <p>{@link io.reactivelock.chaos.Chaos} is the command and the parent. {@link io.reactivelock.chaos.fault} does the harm.
 */
@NullMarked
package io.reactivelock.chaos;

import org.jspecify.annotations.NullMarked;
