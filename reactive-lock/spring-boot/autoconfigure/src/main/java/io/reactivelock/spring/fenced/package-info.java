/**
 * Writes that pass the guard in Spring's own transactions: fenced repositories, a transaction manager that checks, and what the
 * database's refusals are called.
 */
@NullMarked
package io.reactivelock.spring.fenced;

import org.jspecify.annotations.NullMarked;
