package io.reactivelock.spring.locked;

import io.reactivelock.FencingToken;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.StaleTokenException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** A guard whose storage is a list of what was advanced. */
final class AdvanceLog implements FencingGuard {
    final List<String> advanced = new CopyOnWriteArrayList<>();
    final AtomicInteger refusals = new AtomicInteger();

    @Override
    public Mono<Void> advance(String resource, FencingToken token) {
        return Mono.defer(() -> {
            if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return Mono.error(new StaleTokenException(resource, token.value(), token.value() + 100, null));
            }
            advanced.add(resource + " " + token.value());
            return Mono.empty();
        });
    }

    @Override
    public FencingGuardOptions options() {
        return FencingGuardOptions.defaults();
    }
}
