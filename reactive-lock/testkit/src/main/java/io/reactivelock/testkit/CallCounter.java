package io.reactivelock.testkit;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** Counts calls by what they ask. */
final class CallCounter {
    private final Map<LockOperation, Counter> counters = new EnumMap<>(LockOperation.class);

    CallCounter() {
        for (LockOperation operation : LockOperation.values()) {
            counters.put(operation, new Counter());
        }
    }

    void add(LockOperation operation) {
        of(operation).add(1);
    }

    long total(LockOperation operation) {
        return of(operation).total();
    }

    Mono<Void> reaches(LockOperation operation, long total) {
        return of(operation).reaches(total);
    }

    private Counter of(LockOperation operation) {
        return Objects.requireNonNull(counters.get(operation));
    }
}
