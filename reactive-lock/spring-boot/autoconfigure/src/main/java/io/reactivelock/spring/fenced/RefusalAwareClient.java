package io.reactivelock.spring.fenced;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client whose errors have been through {@link Refusals}.
 *
 * @param client does the work
 */
record RefusalAwareClient(DatabaseClient client) implements DatabaseClient {
    @Override
    public ConnectionFactory getConnectionFactory() {
        return client.getConnectionFactory();
    }

    @Override
    public GenericExecuteSpec sql(String sql) {
        return aware(client.sql(sql));
    }

    @Override
    public GenericExecuteSpec sql(Supplier<String> sqlSupplier) {
        return aware(client.sql(sqlSupplier));
    }

    /** The answer to a statement comes with its result, and the driver's exception is not Spring's yet. */
    private static GenericExecuteSpec aware(GenericExecuteSpec spec) {
        return spec.filter((statement, next) -> Flux.from(next.execute(statement))
                .<RefusalAwareResult>map(RefusalAwareResult::new)
                .onErrorMap(Refusals::translate));
    }

    @Override
    public <T> Mono<T> inConnection(Function<Connection, Mono<T>> action) {
        return client.inConnection(action).onErrorMap(Refusals::translate);
    }

    @Override
    public <T> Flux<T> inConnectionMany(Function<Connection, Flux<T>> action) {
        return client.inConnectionMany(action).onErrorMap(Refusals::translate);
    }
}
