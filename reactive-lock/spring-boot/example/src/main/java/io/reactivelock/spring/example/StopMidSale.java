package io.reactivelock.spring.example;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.data.r2dbc.mapping.event.AfterConvertCallback;
import org.springframework.data.relational.core.sql.SqlIdentifier;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Stops this process, once, between the read and the write of a sale, with SIGSTOP: every thread of it, the one that renews too. */
@Component
@ConditionalOnProperty(StopMidSale.PROPERTY)
class StopMidSale implements AfterConvertCallback<Product> {
    /** Which sale it is, counted from 1. */
    static final String PROPERTY = "shop.stop-at-sale";

    private final AtomicInteger left;

    StopMidSale(@Value("${" + PROPERTY + "}") int sale) {
        left = new AtomicInteger(sale);
    }

    @Override
    public Publisher<Product> onAfterConvert(Product read, SqlIdentifier table) {
        return left.decrementAndGet() == 0 ? stop().thenReturn(read) : Mono.just(read);
    }

    /** When the sender of the signal is seen to have ended, this process runs again. */
    private static Mono<Process> stop() {
        return Mono.fromFuture(() -> {
            try {
                return new ProcessBuilder(
                                "sh",
                                "-c",
                                "kill -STOP " + ProcessHandle.current().pid())
                        .start()
                        .onExit();
            } catch (IOException e) {
                throw new UncheckedIOException("this process cannot stop itself", e);
            }
        });
    }
}
