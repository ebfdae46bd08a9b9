/**
 * Meters and observations of locks and guards, for Micrometer.
 *
 * <p>{@link io.reactivelock.micrometer.LockMetrics} and {@link io.reactivelock.micrometer.FencingGuardMetrics} count and time; {@link
 * io.reactivelock.micrometer.LockObservations} shows in a trace what waited for a lock and what ran under it.
 *
 * <pre>{@code
 * LockClient locks = LockObservations.observe(
 *         LockClient.create(backend, LockClientOptions.defaults().observer(LockMetrics.create(meterRegistry))),
 *         observationRegistry);
 *
 * R2dbcFencingGuard guard = R2dbcFencingGuard.create(
 *         connectionFactory, FencingGuardOptions.defaults().observer(FencingGuardMetrics.create(meterRegistry)));
 * }</pre>
 *
 * <p>A meter has few values of its tags: {@code lock} is the {@link io.reactivelock.LockRequest#group group} of a lock, not its name.
 */
@NullMarked
package io.reactivelock.micrometer;

import org.jspecify.annotations.NullMarked;
