package io.reactivelock.spring.example;

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
        return left.decrementAndGet() == 0
                // when the sender of the signal is seen to have ended, this process runs again
                ? ProcessSignal.STOP.send(ProcessHandle.current().pid()).thenReturn(read)
                : Mono.just(read);
    }
}
