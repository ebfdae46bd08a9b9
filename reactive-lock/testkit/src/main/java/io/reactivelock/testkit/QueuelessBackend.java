package io.reactivelock.testkit;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Hides all powers of a backend but those of {@link LockBackend}. */
record QueuelessBackend(LockBackend backend) implements LockBackend {
    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return backend.tryAcquire(command);
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> renewals) {
        return backend.renew(renewals);
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return backend.release(name, holder);
    }

    @Override
    public Consistency consistency() {
        return backend.consistency();
    }

    @Override
    public Mono<Void> disposeLater() {
        return backend.disposeLater();
    }
}
