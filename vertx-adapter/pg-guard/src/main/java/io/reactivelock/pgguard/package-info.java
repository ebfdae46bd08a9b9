/**
 * The storage guard over the Vert.x PostgreSQL client: {@link io.reactivelock.pgguard.VertxFencingGuard}. It shares its table, its rules
 * and its exceptions with the guard of {@code io.reactivelock.fencing.r2dbc}, and needs no R2DBC.
 */
@NullMarked
package io.reactivelock.pgguard;

import org.jspecify.annotations.NullMarked;
