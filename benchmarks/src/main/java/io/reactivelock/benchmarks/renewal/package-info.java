/** What do leases cost that are held? */
@NullMarked
package io.reactivelock.benchmarks.renewal;

import org.jspecify.annotations.NullMarked;
