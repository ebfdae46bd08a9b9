/** What can go wrong, done on purpose: each {@link io.reactivelock.chaos.fault.Fault} harms real servers, networks and processes. */
@NullMarked
package io.reactivelock.chaos.fault;

import org.jspecify.annotations.NullMarked;
