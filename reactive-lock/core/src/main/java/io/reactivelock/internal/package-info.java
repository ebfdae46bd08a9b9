/** The engine of {@link io.reactivelock.LockClient}. Nobody else uses it: it changes without notice. */
@NullMarked
package io.reactivelock.internal;

import org.jspecify.annotations.NullMarked;
