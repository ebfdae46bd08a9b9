/** What do leases cost that are held? */
@NullMarked
package io.reactivelock.speed.renewal;

import org.jspecify.annotations.NullMarked;
