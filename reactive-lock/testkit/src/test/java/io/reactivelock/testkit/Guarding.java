package io.reactivelock.testkit;

/** How the services of a {@link Simulation} protect what they write; all but the first are controls, which have to lose updates. */
enum Guarding {
    /** The holder's token is advanced first, and checked under the row lock of the fence in the transaction of the write. */
    FENCED,
    /** The lock alone. */
    NONE,
    /** Advanced, and compared with a plain SELECT before the write. */
    CHECKED_FIRST,
    /** Checked in the transaction of the write, but read before the storage knew of the token. */
    NOT_ADVANCED,
    /** As the first, but a token that another holder has too passes. */
    NOT_STRICT
}
