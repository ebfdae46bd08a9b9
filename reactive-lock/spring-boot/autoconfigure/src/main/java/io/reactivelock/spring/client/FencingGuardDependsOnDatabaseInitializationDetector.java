package io.reactivelock.spring.client;

import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import java.util.Set;
import org.springframework.boot.sql.init.dependency.AbstractBeansOfTypeDependsOnDatabaseInitializationDetector;

/** Whoever gets a guard gets one of a database that is initialized. */
final class FencingGuardDependsOnDatabaseInitializationDetector
        extends AbstractBeansOfTypeDependsOnDatabaseInitializationDetector {
    @Override
    protected Set<Class<?>> getDependsOnDatabaseInitializationBeanTypes() {
        return Set.of(R2dbcFencingGuard.class);
    }
}
