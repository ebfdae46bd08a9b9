package io.reactivelock.fencing.postgresql;

/**
 * A user's statement and the fence in one.
 *
 * @param text what is sent
 * @param parameters how many parameters come before those of the fence
 */
record FencedStatement(String text, int parameters) {}
