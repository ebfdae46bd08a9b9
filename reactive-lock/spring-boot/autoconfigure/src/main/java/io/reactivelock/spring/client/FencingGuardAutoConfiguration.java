package io.reactivelock.spring.client;

import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.sql.init.dependency.DatabaseInitializationDependencyConfigurer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;

/**
 * A fencing guard on the application's PostgreSQL, and its schema. The guard is made when it is first asked for: an application on
 * another database starts as long as nobody does. It comes after every initializer of the database, its own among them.
 */
@AutoConfiguration(afterName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration")
@ConditionalOnClass({R2dbcFencingGuard.class, ConnectionFactory.class})
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "reactive-lock.fencing.enabled", matchIfMissing = true)
@ConditionalOnSingleCandidate(ConnectionFactory.class)
@EnableConfigurationProperties(FencingGuardProperties.class)
@ImportRuntimeHints(FenceSchemaHints.class)
public final class FencingGuardAutoConfiguration {
    FencingGuardAutoConfiguration() {}

    @Bean
    @Lazy
    @ConditionalOnMissingBean
    R2dbcFencingGuard fencingGuard(
            ConnectionFactory pool, FencingGuardProperties properties, ObjectProvider<FencingGuardObserver> observers) {
        FencingGuardOptions options = properties
                .options()
                .observer(CombinedGuardObserver.of(observers.orderedStream().toList()));
        return R2dbcFencingGuard.create(NotPostgresException.requirePostgres(pool), options);
    }

    @Bean
    FencingGuardSchemaInitializer fencingGuardSchemaInitializer(
            ConnectionFactory pool, FencingGuardProperties properties) {
        return new FencingGuardSchemaInitializer(pool, properties);
    }

    /** Orders initializers, and who asks for an initialized database. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(DatabaseInitializationDependencyConfigurer.class)
    @Import(DatabaseInitializationDependencyConfigurer.class)
    static class AfterInitialization {}
}
