package io.reactivelock.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Elements in the order in which they came, linked through themselves, so that one in the middle leaves in one step. Not thread-safe. */
final class LinkedDeque<E extends LinkedDeque.Linked<E>> {
    private @Nullable E first;
    private @Nullable E last;
    private int size;

    /** What an element keeps for the deque that it stands in. */
    interface Linked<E> {
        @Nullable
        E previous();

        void previous(@Nullable E element);

        @Nullable
        E next();

        void next(@Nullable E element);

        boolean isLinked();

        void linked(boolean value);
    }

    void add(E element) {
        E before = last;
        element.previous(before);
        element.linked(true);
        if (before == null) {
            first = element;
        } else {
            before.next(element);
        }
        last = element;
        size++;
    }

    /** Does nothing where it is not in here. */
    void remove(E element) {
        if (!element.isLinked()) {
            return;
        }
        E before = element.previous();
        E after = element.next();
        if (before == null) {
            first = after;
        } else {
            before.next(after);
        }
        if (after == null) {
            last = before;
        } else {
            after.previous(before);
        }
        element.previous(null);
        element.next(null);
        element.linked(false);
        size--;
    }

    @Nullable
    E first() {
        return first;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    List<E> copy() {
        List<E> all = new ArrayList<>(size);
        for (E each = first; each != null; each = each.next()) {
            all.add(each);
        }
        return all;
    }
}
