package io.reactivelock.spring.client;

import java.util.List;
import java.util.function.Consumer;

/** Tells each of several observers, whatever one of them throws; that is thrown at the end, for its caller to log. */
final class Telling {
    private Telling() {}

    static <T> void all(List<T> observers, Consumer<? super T> event) {
        all(observers, 0, event);
    }

    private static <T> void all(List<T> observers, int first, Consumer<? super T> event) {
        if (first < observers.size()) {
            try {
                event.accept(observers.get(first));
            } finally {
                all(observers, first + 1, event);
            }
        }
    }
}
