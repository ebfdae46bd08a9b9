package io.reactivelock.spring.client;

import io.reactivelock.LockClient;
import io.reactivelock.spi.LockBackend;
import java.util.Set;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/** Why there are no locks where a bean wants some. */
final class NoLocksFailureAnalyzer extends MissingBeanFailureAnalyzer {
    private static final String DETAILS =
            "org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails";

    NoLocksFailureAnalyzer(BeanFactory beans, Environment environment) {
        super(beans, environment, Set.of(LockClient.class, LockBackend.class));
    }

    @Override
    Reason reason() {
        if (isOff("reactive-lock.enabled")) {
            return new Reason(
                    "reactive-lock.enabled is false.",
                    "Remove that property, or define the bean in the application. A test that needs no Redis has"
                            + " @AutoConfigureReactiveLock of reactive-lock-spring-boot-test.");
        }
        if (hasSeveral(LockBackend.class)) {
            return noPrimary(
                    LockBackend.class, "Mark one of them as @Primary, or define a LockClient bean of your own.");
        }
        if (!isPresent("io.reactivelock.redis.RedisLockBackend")) {
            return new Reason(
                    "no backend is on the class path.",
                    "Add the dependency io.reactivelock:reactive-lock-spring-boot-starter, or reactive-lock-redis.");
        }
        return new Reason(
                "nothing says where Redis is.",
                (isPresent(DETAILS)
                                ? "Boot's DataRedisAutoConfiguration was excluded, or did not apply. Let it apply, or"
                                : "Add the dependency org.springframework.boot:spring-boot-starter-data-redis-reactive, or")
                        + " set reactive-lock.redis.url=redis://HOST:6379, or define a bean of type "
                        + LockBackend.class.getName() + ". In a sliced test, add @AutoConfigureReactiveLock of"
                        + " reactive-lock-spring-boot-test.");
    }

    private static boolean isPresent(String type) {
        return ClassUtils.isPresent(type, NoLocksFailureAnalyzer.class.getClassLoader());
    }
}
