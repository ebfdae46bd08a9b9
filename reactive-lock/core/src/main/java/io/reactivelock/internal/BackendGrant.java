package io.reactivelock.internal;

import io.reactivelock.Holder;

/**
 * The time for which the backend has given a lock to this client: one holder that the backend knows, and the tokens that came with
 * the grant. It is passed from lease to lease of this client, each with a holder of its own and the next token; a value, so each
 * lease has its own.
 *
 * @param holder whom the backend knows as the holder
 * @param token the token of the lease that has the lock
 * @param lastToken the last one of this grant
 * @param since when it began, on the monotonic clock
 * @param leases how many leases of this client had the lock under this grant so far
 */
record BackendGrant(Holder holder, long token, long lastToken, long since, int leases) {
    BackendGrant next() {
        return new BackendGrant(holder, token + 1, lastToken, since, leases + 1);
    }

    boolean hasNext() {
        return token < lastToken;
    }

    boolean isSameGrant(BackendGrant other) {
        return holder.equals(other.holder);
    }
}
