package io.reactivelock.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Acquisitions in the order in which they came, linked through themselves, so that one in the middle leaves in one step. */
final class LinkedDeque {
    private @Nullable AcquireSubscription first;
    private @Nullable AcquireSubscription last;
    private int size;

    void add(AcquireSubscription acquisition) {
        AcquireSubscription before = last;
        acquisition.previous = before;
        acquisition.queued = true;
        if (before == null) {
            first = acquisition;
        } else {
            before.next = acquisition;
        }
        last = acquisition;
        size++;
    }

    /** Does nothing where it is not in here. */
    void remove(AcquireSubscription acquisition) {
        if (!acquisition.queued) {
            return;
        }
        AcquireSubscription before = acquisition.previous;
        AcquireSubscription after = acquisition.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        acquisition.previous = null;
        acquisition.next = null;
        acquisition.queued = false;
        size--;
    }

    @Nullable
    AcquireSubscription first() {
        return first;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    List<AcquireSubscription> copy() {
        List<AcquireSubscription> all = new ArrayList<>(size);
        for (AcquireSubscription each = first; each != null; each = each.next) {
            all.add(each);
        }
        return all;
    }
}
