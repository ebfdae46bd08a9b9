/**
 * The locks that are measured, behind one facade. Each subject opens the connections that it needs, shares none with another, and
 * closes all of them.
 */
@NullMarked
package io.reactivelock.speed.subject;

import org.jspecify.annotations.NullMarked;
