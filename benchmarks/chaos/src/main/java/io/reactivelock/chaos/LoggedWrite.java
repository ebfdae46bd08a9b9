package io.reactivelock.chaos;

/**
 * A write as the database logged it, in the transaction of the write itself.
 *
 * @param resource what was written
 * @param seq its number; the database counts
 * @param seqRead the number that the writer had read before
 * @param token the value of the writer's token
 * @param holder the writer's holder
 * @param op the writer's number for this write
 * @param at when, on the clock of {@code System.nanoTime()}
 */
record LoggedWrite(String resource, long seq, long seqRead, long token, String holder, long op, long at) {}
