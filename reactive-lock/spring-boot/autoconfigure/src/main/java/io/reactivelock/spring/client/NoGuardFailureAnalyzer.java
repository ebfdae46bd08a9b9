package io.reactivelock.spring.client;

import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Why there is no guard where a bean wants one. */
final class NoGuardFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException> implements Ordered {
    private final BeanFactory beans;
    private final Environment environment;

    NoGuardFailureAnalyzer(BeanFactory beans, Environment environment) {
        this.beans = beans;
        this.environment = environment;
    }

    @Override
    public int getOrder() {
        return 0;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause) {
        Class<?> wanted = cause.getBeanType();
        if (wanted != R2dbcFencingGuard.class && wanted != FencingGuard.class) {
            return null;
        }
        String what = "A bean of type " + wanted.getName() + " is wanted, and there is none: ";
        for (String property : new String[] {"reactive-lock.enabled", "reactive-lock.fencing.enabled"}) {
            if (!environment.getProperty(property, Boolean.class, true)) {
                return new FailureAnalysis(
                        what + property + " is false.",
                        "Remove that property, or define the bean in the application.",
                        cause);
            }
        }
        if (pools() > 1) {
            return new FailureAnalysis(
                    what + "there are several beans of type " + ConnectionFactory.class.getName()
                            + ", and none is @Primary.",
                    "Mark the one of the guarded database as @Primary, or define the guard: R2dbcFencingGuard.create(pool).",
                    cause);
        }
        return new FailureAnalysis(
                what + "there is no bean of type " + ConnectionFactory.class.getName() + ".",
                "Add the dependency org.springframework.boot:spring-boot-starter-data-r2dbc, and set"
                        + " spring.r2dbc.url=r2dbc:postgresql://HOST:5432/DATABASE, spring.r2dbc.username and"
                        + " spring.r2dbc.password.",
                cause);
    }

    private int pools() {
        return beans instanceof ListableBeanFactory listable
                ? listable.getBeanNamesForType(ConnectionFactory.class, true, false).length
                : 0;
    }
}
