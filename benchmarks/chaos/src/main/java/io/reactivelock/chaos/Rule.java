package io.reactivelock.chaos;

/** What a history has to keep to. */
enum Rule {
    /** Tokens never fall along the sequence of writes, and no token is two holders'. */
    TOKENS_IN_ORDER_OF_WRITES,
    /** Every write knew the one before it. */
    NO_LOST_UPDATE,
    /** Every acknowledged write is in the log, once; no refused one is. */
    LOG_AS_ANSWERED,
    /** A grant that was asked for after another one had arrived has the higher token. */
    TOKENS_IN_ORDER_OF_GRANTS,
    /** No two holders believe that they hold one lock at the same time. */
    ONE_BELIEVER,
    /** A lock that nobody holds any more is free after its lease time. */
    NO_ORPHAN,
    /** A lease that was given back is not renewed. */
    NO_RENEWAL_AFTER_RELEASE,
    /** A write with a superseded token is refused. */
    NO_STALE_WRITE
}
