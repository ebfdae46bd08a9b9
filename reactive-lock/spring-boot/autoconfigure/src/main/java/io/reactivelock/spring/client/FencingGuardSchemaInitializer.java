package io.reactivelock.spring.client;

import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spring.client.FencingGuardProperties.InitializeSchema;
import org.springframework.beans.factory.InitializingBean;
import reactor.core.publisher.Mono;

/**
 * Creates the guard's schema, and puts tables of the application under the guard, where the properties say so. Runs after the
 * application's own schema is there, and before the guard: the order is Boot's, by {@link FencingGuardSchemaInitializerDetector}.
 */
final class FencingGuardSchemaInitializer implements InitializingBean {
    private final ConnectionFactory pool;
    private final FencingGuardProperties properties;

    FencingGuardSchemaInitializer(ConnectionFactory pool, FencingGuardProperties properties) {
        this.pool = pool;
        this.properties = properties;
    }

    @Override
    public void afterPropertiesSet() {
        boolean create = properties.initializeSchema() == InitializeSchema.ALWAYS;
        if (!create && properties.enforce().isEmpty()) {
            return;
        }
        // one without observers: what they count has not begun
        R2dbcFencingGuard guard =
                R2dbcFencingGuard.create(NotPostgresException.requirePostgres(pool), properties.options());
        Mono<Void> work = create ? guard.createSchema() : Mono.empty();
        for (var row : properties.enforce().entrySet()) {
            work = work.then(enforced(guard, row.getKey(), row.getValue()));
        }
        StartUp.await(work);
    }

    private static Mono<Void> enforced(R2dbcFencingGuard guard, String table, String resource) {
        return Mono.defer(() -> guard.enforce(table, resource))
                .onErrorMap(
                        e -> e instanceof IllegalArgumentException || isOfThisTable(e),
                        e -> PropertyRule.broken(
                                "reactive-lock.fencing.enforce." + table, resource, String.valueOf(e.getMessage()), e));
    }

    /** Of the table or the expression, and not of the guard's schema or the connection. */
    private static boolean isOfThisTable(Throwable error) {
        return error instanceof FencingGuardException failure
                && failure.kind() == FencingGuardException.Kind.PERMANENT
                && !MissingFenceSchemaFailureAnalyzer.isSchemaMissing(failure);
    }
}
