package io.reactivelock.internal;

import io.reactivelock.Holder;

/** Has the lock under a grant of the backend, for one lease or several one after the other. */
interface GrantListener {
    /** Others have come to wait for what this client has under that holder. */
    void contended(Holder holder);

    /** The backend says that what this client has under that holder has ended. */
    void lost(Holder holder);
}
