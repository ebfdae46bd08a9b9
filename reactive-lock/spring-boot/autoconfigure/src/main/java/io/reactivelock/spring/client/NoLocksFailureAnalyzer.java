package io.reactivelock.spring.client;

import io.reactivelock.LockClient;
import io.reactivelock.spi.LockBackend;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/** Why there are no locks where a bean wants some. Before Boot's own analyzer, which knows only that there are none. */
final class NoLocksFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException> implements Ordered {
    private static final String DETAILS =
            "org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails";

    private final BeanFactory beans;
    private final Environment environment;

    NoLocksFailureAnalyzer(BeanFactory beans, Environment environment) {
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
        if (wanted != LockClient.class && wanted != LockBackend.class) {
            return null;
        }
        String what = "A bean of type " + wanted.getName() + " is wanted, and there is none: ";
        if (!environment.getProperty("reactive-lock.enabled", Boolean.class, true)) {
            return new FailureAnalysis(
                    what + "reactive-lock.enabled is false.",
                    "Remove that property, or define the bean in the application. A test that needs no Redis has"
                            + " @AutoConfigureReactiveLock of reactive-lock-spring-boot-test.",
                    cause);
        }
        if (backends() > 1) {
            return new FailureAnalysis(
                    what + "there are several beans of type " + LockBackend.class.getName() + ", and none is @Primary.",
                    "Mark one of them as @Primary, or define a LockClient bean of your own.",
                    cause);
        }
        if (!isPresent("io.reactivelock.redis.RedisLockBackend")) {
            return new FailureAnalysis(
                    what + "no backend is on the class path.",
                    "Add the dependency io.reactivelock:reactive-lock-spring-boot-starter, or reactive-lock-redis.",
                    cause);
        }
        return new FailureAnalysis(
                what + "nothing says where Redis is.",
                (isPresent(DETAILS)
                                ? "Boot's DataRedisAutoConfiguration was excluded, or did not apply. Let it apply, or"
                                : "Add the dependency org.springframework.boot:spring-boot-starter-data-redis-reactive, or")
                        + " set reactive-lock.redis.url=redis://HOST:6379, or define a bean of type "
                        + LockBackend.class.getName() + ". In a sliced test, add @AutoConfigureReactiveLock of"
                        + " reactive-lock-spring-boot-test.",
                cause);
    }

    private int backends() {
        return beans instanceof ListableBeanFactory listable
                ? listable.getBeanNamesForType(LockBackend.class, true, false).length
                : 0;
    }

    private static boolean isPresent(String type) {
        return ClassUtils.isPresent(type, NoLocksFailureAnalyzer.class.getClassLoader());
    }
}
