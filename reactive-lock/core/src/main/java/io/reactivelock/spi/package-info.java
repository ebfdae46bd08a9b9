/**
 * What an author of a backend implements: {@link io.reactivelock.spi.LockBackend}, about four methods over values, and where the
 * backend can do it, {@link io.reactivelock.spi.WaitQueue}.
 *
 * <p>A backend only translates. Deadlines, back-off, renewal, loss and cancellation are built once, above this package.
 */
@NullMarked
package io.reactivelock.spi;

import org.jspecify.annotations.NullMarked;
