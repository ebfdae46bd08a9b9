package io.reactivelock.chaos;

/**
 * A history that breaks a rule.
 *
 * @param rule which rule
 * @param what what was found, with numbers
 * @param at when, on the clock of {@code System.nanoTime()}
 */
record Violation(HistoryRule rule, String what, long at) {}
