/**
 * Reactive Lock measured beside its peers. {@link io.reactivelock.speed.SpeedRun} is the command; each question has a package of
 * its own.
 */
@NullMarked
package io.reactivelock.speed;

import org.jspecify.annotations.NullMarked;
