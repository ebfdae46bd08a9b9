package io.reactivelock.internal;

import io.reactivelock.Holder;

/**
 * A grant of the backend in use: one holder that the backend knows, and the tokens that came with it. It is handed off from lease to
 * lease of this client, each with a holder of its own and the next token. A value, so each lease has its own.
 *
 * @param holder the holder that the backend knows
 * @param token the token of the lease that has the lock
 * @param lastToken the last one of this grant
 * @param since when it began, on the monotonic clock
 * @param leases how many leases of this client had the lock under this grant so far
 */
record BackendGrant(Holder holder, long token, long lastToken, long since, int leases) {
    static BackendGrant of(ReceivedGrant received) {
        long first = received.granted().token();
        long last = first + received.granted().tokens() - 1;
        return new BackendGrant(received.holder(), first, last, received.sent().nanos(), 1);
    }

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
