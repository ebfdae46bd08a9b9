package io.reactivelock.spring.fenced;

import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * A result whose errors have been through {@link Refusals}.
 *
 * @param result the driver's
 */
record RefusalAwareResult(Result result) implements Result {
    @Override
    public Publisher<Long> getRowsUpdated() {
        return aware(result.getRowsUpdated());
    }

    @Override
    public <T> Publisher<T> map(BiFunction<Row, RowMetadata, ? extends T> mappingFunction) {
        return aware(result.map(mappingFunction));
    }

    @Override
    public <T> Publisher<T> map(Function<? super Readable, ? extends T> mappingFunction) {
        return aware(result.map(mappingFunction));
    }

    @Override
    public Result filter(Predicate<Segment> filter) {
        return new RefusalAwareResult(result.filter(filter));
    }

    @Override
    public <T> Publisher<T> flatMap(Function<Segment, ? extends Publisher<? extends T>> mappingFunction) {
        return aware(result.flatMap(mappingFunction));
    }

    private static <T> Publisher<T> aware(Publisher<T> answer) {
        return Flux.from(answer).onErrorMap(Refusals::translate);
    }
}
