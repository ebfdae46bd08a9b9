/**
 * The demo: a shop whose processes sell the same stock, are stopped in the middle of a sale, and go on when their lease is long
 * gone. It runs the same load with no lock, with the lock alone, and with lock and guard.
 *
 * <p>{@link io.reactivelock.demo.Demo} is the parent. It starts the servers and one {@link io.reactivelock.demo.DemoWorker} for each
 * process, tells them over their standard input what to sell, and reads what became of it from their standard output, one JSON
 * object to a line. The numbers of the report come from the log of sales in the database.
 */
@NullMarked
package io.reactivelock.demo;

import org.jspecify.annotations.NullMarked;
