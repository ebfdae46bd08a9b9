package io.reactivelock.spring.client;

import io.reactivelock.LockClient;
import io.reactivelock.spring.client.ReactiveLockProperties.WarmUp;
import java.time.Duration;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.Ordered;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Opens the connections of the locks before the application is reported ready, and before its own runners: on a busy machine, opening
 * them takes a large part of the wait time of the first acquire.
 */
final class LockWarmUp implements ApplicationRunner, Ordered {
    private static final Logger LOG = Loggers.getLogger(LockWarmUp.class);

    private final LockClient client;
    private final WarmUp warmUp;
    private final Duration timeout;

    LockWarmUp(LockClient client, WarmUp warmUp, Duration timeout) {
        this.client = client;
        this.warmUp = warmUp;
        this.timeout = timeout;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 1_000;
    }

    @Override
    public void run(ApplicationArguments arguments) {
        if (warmUp != WarmUp.OFF) {
            StartUp.await(connected());
        }
    }

    private Mono<Void> connected() {
        Mono<Void> late = Mono.error(() -> new LocksUnreachableException("no connection within " + timeout, null));
        return client.connect()
                .timeout(timeout, late)
                .onErrorMap(e -> e instanceof LocksUnreachableException
                        ? e
                        : new LocksUnreachableException(String.valueOf(e.getMessage()), e))
                .onErrorResume(e -> warmUp == WarmUp.REQUIRED ? Mono.error(e) : warned(e));
    }

    private static Mono<Void> warned(Throwable error) {
        // without a stack: the reason stands in the message
        return Mono.fromRunnable(() -> LOG.warn(error.getMessage() + "; the first acquire tries again"));
    }
}
