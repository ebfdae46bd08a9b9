package io.reactivelock.spring.client;

import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import java.util.Set;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.env.Environment;

/** Why there is no guard where a bean wants one. */
final class NoGuardFailureAnalyzer extends MissingBeanFailureAnalyzer {
    NoGuardFailureAnalyzer(BeanFactory beans, Environment environment) {
        super(beans, environment, Set.of(R2dbcFencingGuard.class, FencingGuard.class));
    }

    @Override
    Reason reason() {
        for (String property : new String[] {"reactive-lock.enabled", "reactive-lock.fencing.enabled"}) {
            if (isOff(property)) {
                return new Reason(
                        property + " is false.", "Remove that property, or define the bean in the application.");
            }
        }
        if (hasSeveral(ConnectionFactory.class)) {
            return noPrimary(
                    ConnectionFactory.class,
                    "Mark the one of the guarded database as @Primary, or define the guard: R2dbcFencingGuard.create(pool).");
        }
        return new Reason(
                "there is no bean of type " + ConnectionFactory.class.getName() + ".",
                "Add the dependency org.springframework.boot:spring-boot-starter-data-r2dbc, and set"
                        + " spring.r2dbc.url=r2dbc:postgresql://HOST:5432/DATABASE, spring.r2dbc.username and"
                        + " spring.r2dbc.password.");
    }
}
