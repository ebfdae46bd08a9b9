package io.reactivelock.chaos;

/** A rule that every history must keep. */
enum HistoryRule {
    /** Tokens never fall along the sequence of writes, and no two holders share a token. */
    TOKENS_IN_ORDER_OF_WRITES,
    /** Every write had read the one before it. */
    NO_LOST_UPDATE,
    /** Every acknowledged write is in the log, once; no refused one is. */
    LOG_AS_ANSWERED,
    /** A grant that was requested after another had arrived has the higher token. */
    TOKENS_IN_ORDER_OF_GRANTS,
    /** No two holders believe that they hold one lock at the same time. */
    ONE_BELIEVER,
    /** A lock that nobody holds any more is free after its lease time. */
    NO_ORPHAN,
    /** A released lease is not renewed. */
    NO_RENEWAL_AFTER_RELEASE,
    /** A write with a superseded token is refused. */
    NO_STALE_WRITE
}
