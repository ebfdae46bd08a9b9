package io.reactivelock.spring.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.LockClient;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What somebody reads whose application does not start. */
@DisplayName("An application that does not start says why, and what to do")
@ExtendWith(OutputCaptureExtension.class)
class StartFailureTest {
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({RedisLockAutoConfiguration.class, ReactiveLockAutoConfiguration.class})
    static class WantsLocks {
        @Bean
        Object service(LockClient locks) {
            return locks;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoBackends {
        @Bean
        LockBackend one() {
            return InMemoryLockBackend.create();
        }

        @Bean
        LockBackend two() {
            return InMemoryLockBackend.create();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(FencingGuardAutoConfiguration.class)
    static class WantsGuard {
        @Bean
        Object repository(FencingGuard guard) {
            return guard;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(FencingGuardAutoConfiguration.class)
    static class WantsR2dbcGuard {
        @Bean
        Object repository(R2dbcFencingGuard guard) {
            return guard;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(DataRedisAutoConfiguration.class)
    static class BootsRedis {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(R2dbcAutoConfiguration.class)
    static class BootsR2dbc {}

    @Test
    @DisplayName("no Redis")
    void noRedis(CapturedOutput output) {
        assertFails(new Class<?>[] {WantsLocks.class});
        assertThat(output)
                .contains(
                        "A bean of type io.reactivelock.LockClient is wanted, and there is none: nothing says where Redis is.")
                .contains("set reactive-lock.redis.url=redis://HOST:6379")
                .contains("@AutoConfigureReactiveLock");
    }

    @Test
    @DisplayName("locks switched off")
    void switchedOff(CapturedOutput output) {
        assertFails(new Class<?>[] {WantsLocks.class, BootsRedis.class}, "reactive-lock.enabled=false");
        assertThat(output).contains("reactive-lock.enabled is false").contains("Remove that property");
    }

    @Test
    @DisplayName("several backends")
    void severalBackends(CapturedOutput output) {
        assertFails(new Class<?>[] {WantsLocks.class, TwoBackends.class});
        assertThat(output).contains("there are several beans of type").contains("Mark one of them as @Primary");
    }

    @Test
    @DisplayName("no database")
    void noDatabase(CapturedOutput output) {
        assertFails(new Class<?>[] {WantsGuard.class});
        assertThat(output)
                .contains("A bean of type io.reactivelock.fencing.FencingGuard is wanted")
                .contains("spring.r2dbc.url=r2dbc:postgresql://HOST:5432/DATABASE");
    }

    @Test
    @DisplayName("guard switched off")
    void guardSwitchedOff(CapturedOutput output) {
        assertFails(
                new Class<?>[] {WantsR2dbcGuard.class, BootsR2dbc.class},
                "spring.r2dbc.url=r2dbc:postgresql://localhost:1/shop",
                "reactive-lock.fencing.enabled=false");
        assertThat(output).contains("reactive-lock.fencing.enabled is false");
    }

    @Test
    @DisplayName("a value out of range")
    void outOfRange(CapturedOutput output) {
        assertFails(
                new Class<?>[] {WantsLocks.class, BootsRedis.class}, "reactive-lock.profiles.payments.lease-time=1ms");
        assertThat(output)
                .contains("Invalid value '1ms' for configuration property 'reactive-lock.profiles.payments.lease-time'")
                .contains("Lease time is from 10ms");
    }

    private static void assertFails(Class<?>[] configurations, String... properties) {
        SpringApplicationBuilder application =
                new SpringApplicationBuilder(configurations).web(WebApplicationType.NONE);
        String[] arguments = Arrays.stream(properties).map(it -> "--" + it).toArray(String[]::new);
        assertThatThrownBy(() -> application.run(arguments).close()).isInstanceOf(RuntimeException.class);
    }
}
