package io.reactivelock;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Acquisitions in the order in which they came, linked through themselves, so that one in the middle leaves in one step. */
final class Fifo {
    private @Nullable Acquisition first;
    private @Nullable Acquisition last;
    private int size;

    void add(Acquisition acquisition) {
        Acquisition before = last;
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
    void remove(Acquisition acquisition) {
        if (!acquisition.queued) {
            return;
        }
        Acquisition before = acquisition.previous;
        Acquisition after = acquisition.next;
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
    Acquisition first() {
        return first;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    List<Acquisition> copy() {
        List<Acquisition> all = new ArrayList<>(size);
        for (Acquisition each = first; each != null; each = each.next) {
            all.add(each);
        }
        return all;
    }
}
