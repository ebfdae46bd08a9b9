package io.reactivelock;

/** Key of the Reactor Context under which the lease of one lock name stands. */
record LeaseKey(String name) {}
