package io.reactivelock.spring.client;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spring.LockProfiles;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

/** Started by {@link AheadOfTimeTest} in a JVM of its own: takes a lock, makes the guard, ends. */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({
    DataRedisAutoConfiguration.class,
    R2dbcAutoConfiguration.class,
    RedisLockAutoConfiguration.class,
    ReactiveLockAutoConfiguration.class,
    FencingGuardAutoConfiguration.class
})
class PreparedApplication {
    public static void main(String[] arguments) {
        try (ConfigurableApplicationContext context = SpringApplication.run(PreparedApplication.class, arguments)) {
            LockRequest request = context.getBean(LockProfiles.class).request("payments", "item:1");
            context.getBean(R2dbcFencingGuard.class);
            String held = context.getBean(LockClient.class)
                    .withLock(request, lease -> Mono.just("held for " + request.leaseTime() + ": " + lease.isValid()))
                    .block(Duration.ofMinutes(1));
            System.out.println(held);
        }
    }
}
