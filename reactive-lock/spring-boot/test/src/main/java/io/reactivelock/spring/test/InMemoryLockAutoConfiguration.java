package io.reactivelock.spring.test;

import io.reactivelock.LockClient;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.client.RedisLockAutoConfiguration;
import io.reactivelock.testkit.InMemoryLockBackend;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** A server in memory for each context, so that tests whose contexts differ share no lock. Comes with the annotation only. */
@AutoConfiguration(before = RedisLockAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
class InMemoryLockAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean({LockBackend.class, LockClient.class})
    InMemoryLockBackend lockBackend() {
        return InMemoryLockBackend.create();
    }
}
