package io.reactivelock.spring.client;

import static io.reactivelock.spring.client.StartFailures.find;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@DisplayName("The properties of locks and guard")
class LockPropertiesTest {
    private static final ApplicationContextRunner RUNNER = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ReactiveLockAutoConfiguration.class, RedisLockAutoConfiguration.class))
            .withBean(LockBackend.class, InMemoryLockBackend::create);

    private static final ApplicationContextRunner ON_REDIS = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ReactiveLockAutoConfiguration.class, RedisLockAutoConfiguration.class))
            .withPropertyValues("reactive-lock.redis.url=redis://localhost:1");

    private static final ApplicationContextRunner GUARD =
            new ApplicationContextRunner().withUserConfiguration(GuardOptions.class);

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(FencingGuardProperties.class)
    static class GuardOptions {
        @Bean
        FencingGuardOptions guardOptions(FencingGuardProperties properties) {
            return properties.options();
        }
    }

    @Test
    @DisplayName("leave all at the library's defaults where there are none")
    void defaults() {
        RUNNER.run(context -> {
            assertThat(context.getBean(LockClient.class).options())
                    .usingRecursiveComparison()
                    .isEqualTo(LockClientOptions.defaults());
            LockProfiles profiles = context.getBean(LockProfiles.class);
            assertThat(profiles.request("order:42")).isEqualTo(LockRequest.of("order:42"));
            assertThat(profiles.names()).isEmpty();
        });
        GUARD.run(context -> assertThat(context.getBean(FencingGuardOptions.class))
                .usingRecursiveComparison()
                .isEqualTo(FencingGuardOptions.defaults()));
    }

    @Test
    @DisplayName("reach the client")
    void reachClient() {
        RUNNER.withPropertyValues(
                        "reactive-lock.client.min-back-off=3ms",
                        "reactive-lock.client.max-back-off=4ms",
                        "reactive-lock.client.max-waiters=5",
                        "reactive-lock.client.local-hand-off-leases=6",
                        "reactive-lock.client.local-hand-off-time=7ms",
                        "reactive-lock.client.dispose-timeout=8s",
                        "reactive-lock.client.suspend-detection=false")
                .run(context -> assertThat(context.getBean(LockClient.class).options())
                        .usingRecursiveComparison()
                        .isEqualTo(LockClientOptions.defaults()
                                .backOff(Duration.ofMillis(3), Duration.ofMillis(4))
                                .maxWaiters(5)
                                .localHandOff(6, Duration.ofMillis(7))
                                .disposeTimeout(Duration.ofSeconds(8))
                                .withoutSuspendDetection()));
    }

    @Test
    @DisplayName("reach the guard, whichever of its time-outs is the longer one by default")
    void reachGuard() {
        GUARD.withPropertyValues(
                        "reactive-lock.fencing.lock-timeout=40s",
                        "reactive-lock.fencing.reply-timeout=50s",
                        "reactive-lock.fencing.idle-in-transaction-timeout=9s",
                        "reactive-lock.fencing.grants=2")
                .run(context -> assertThat(context.getBean(FencingGuardOptions.class))
                        .usingRecursiveComparison()
                        .isEqualTo(FencingGuardOptions.defaults()
                                .replyTimeout(Duration.ofSeconds(50))
                                .lockTimeout(Duration.ofSeconds(40))
                                .idleInTransactionTimeout(Duration.ofSeconds(9))
                                .grants(2)));
        GUARD.withPropertyValues("reactive-lock.fencing.lock-timeout=1s", "reactive-lock.fencing.reply-timeout=2s")
                .run(context -> assertThat(
                                context.getBean(FencingGuardOptions.class).replyTimeout())
                        .isEqualTo(Duration.ofSeconds(2)));
    }

    @Test
    @DisplayName("give a profile what it says, and the defaults for the rest")
    void profiles() {
        RUNNER.withPropertyValues(
                        "reactive-lock.defaults.lease-time=20s",
                        "reactive-lock.defaults.wait-time=2s",
                        "reactive-lock.defaults.max-hold=5m",
                        "reactive-lock.defaults.drift-margin=1s",
                        "reactive-lock.profiles.payments.lease-time=10s",
                        "reactive-lock.profiles.payments.renewal-interval=1s",
                        "reactive-lock.profiles.payments.drift-margin=8s",
                        "reactive-lock.profiles.jobs.renewal=false",
                        "reactive-lock.profiles.jobs.hold-at-least=15s")
                .run(context -> {
                    LockProfiles profiles = context.getBean(LockProfiles.class);
                    LockRequest defaults = LockRequest.of("order:42")
                            .leaseTime(Duration.ofSeconds(20))
                            .waitTime(Duration.ofSeconds(2))
                            .maxHold(Duration.ofMinutes(5))
                            .driftMargin(Duration.ofSeconds(1));
                    assertThat(profiles.request("order:42")).isEqualTo(defaults);
                    // no order of setters alone would have taken this margin and this interval
                    assertThat(profiles.request("payments", "order:42"))
                            .isEqualTo(LockRequest.of("order:42")
                                    .leaseTime(Duration.ofSeconds(10))
                                    .renewalInterval(Duration.ofSeconds(1))
                                    .driftMargin(Duration.ofSeconds(8))
                                    .waitTime(Duration.ofSeconds(2))
                                    .maxHold(Duration.ofMinutes(5))
                                    .group("payments"));
                    assertThat(profiles.request("jobs", "order:42"))
                            .isEqualTo(defaults.withoutRenewal()
                                    .holdAtLeast(Duration.ofSeconds(15))
                                    .group("jobs"));
                    assertThat(profiles.names()).containsExactly("jobs", "payments");
                });
    }

    @Test
    @DisplayName("renew again in a profile that sets an interval, where the defaults do not renew")
    void renewAgain() {
        RUNNER.withPropertyValues(
                        "reactive-lock.defaults.renewal=false", "reactive-lock.profiles.a.renewal-interval=1s")
                .run(context -> {
                    LockProfiles profiles = context.getBean(LockProfiles.class);
                    assertThat(profiles.request("x").renewalInterval()).isEmpty();
                    assertThat(profiles.request("a", "x").renewalInterval()).contains(Duration.ofSeconds(1));
                });
    }

    @ParameterizedTest
    @DisplayName("name the property, the value and the rule where a value is out of range")
    @CsvSource(delimiter = '|', textBlock = """
            profiles.payments.lease-time=1ms      | profiles.payments.lease-time      | PT0.001S | Lease time is from 10ms to
            profiles.payments.hold-at-least=31s   | profiles.payments.hold-at-least   | PT31S    | at most the lease time (30s)
            profiles.payments.renewal-interval=9m | profiles.payments.renewal-interval | PT9M    | less than the lease time less the drift margin
            profiles.payments.drift-margin=30s    | profiles.payments.drift-margin    | PT30S    | less than the lease time, not
            defaults.wait-time=0s                 | defaults.wait-time                | PT0S     | Wait time is from
            defaults.max-hold=-1s                 | defaults.max-hold                 | PT-1S    | Max hold is from
            client.min-back-off=2s                | client.min-back-off               | PT2S     | at most the longest one (1s), not 2s
            client.max-back-off=1ms               | client.max-back-off               | PT0.001S | at most the longest one (1ms), not 20ms
            client.max-waiters=0                  | client.max-waiters                | 0        | 1 or more, not 0
            client.local-hand-off-leases=0        | client.local-hand-off-leases      | 0        | 1 or more, not 0
            client.local-hand-off-time=0ms        | client.local-hand-off-time        | PT0S     | Time of local hand-off is from 1ms
            client.dispose-timeout=0s             | client.dispose-timeout            | PT0S     | Dispose timeout is from 1ms
            """)
    void outOfRange(String given, String name, String value, String rule) {
        RUNNER.withPropertyValues("reactive-lock." + given).run(refuses(name, value, rule));
    }

    @Test
    @DisplayName("name where a value came from that does not fit into a profile")
    void inherited() {
        RUNNER.withPropertyValues(
                        "reactive-lock.defaults.renewal-interval=10s", "reactive-lock.profiles.a.lease-time=5s")
                .run(refuses("defaults.renewal-interval", "PT10S", "less than the lease time"));
        RUNNER.withPropertyValues(
                        "reactive-lock.profiles.a.renewal=false", "reactive-lock.profiles.a.renewal-interval=1s")
                .run(refuses("profiles.a.renewal-interval", "PT1S", "(reactive-lock.profiles.a.renewal=false)"));
        String tooLong = "p".repeat(101);
        RUNNER.withPropertyValues("reactive-lock.profiles." + tooLong + ".lease-time=5s")
                .run(refuses("profiles." + tooLong, tooLong, "1 to 100 characters"));
    }

    @ParameterizedTest
    @DisplayName("name the property of Redis and of the guard where a value is out of range")
    @CsvSource(delimiter = '|', textBlock = """
            key-prefix=a b                        | key-prefix                        | a b      | 1 to 64 letters, digits
            redis.claim-time=1ms                  | redis.claim-time                  | PT0.001S | claim time is from
            replicas.count=-1                     | replicas.count                    | -1       | 1 or more, not -1
            fencing.lock-timeout=1m               | fencing.lock-timeout              | PT1M     | longer than the lock timeout (PT1M), not PT30S
            fencing.reply-timeout=4s              | fencing.reply-timeout             | PT4S     | longer than the lock timeout (PT5S), not PT4S
            fencing.idle-in-transaction-timeout=0 | fencing.idle-in-transaction-timeout | PT0S   | idle-in-transaction timeout is from
            fencing.grants=0                      | fencing.grants                    | 0        | 1 or more, not 0
            """)
    void outOfRangeElsewhere(String given, String name, String value, String rule) {
        (given.startsWith("fencing") ? GUARD : ON_REDIS)
                .withPropertyValues("reactive-lock." + given)
                .run(refuses(name, value, rule));
    }

    @Test
    @DisplayName("say nothing of a URL that is none, for it may have a password")
    void urlKeepsItsPassword() {
        ON_REDIS.withPropertyValues("reactive-lock.redis.url=http://me:secret@host")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("reactive-lock.redis.url is not a Redis URI")
                        .hasMessageNotContaining("secret"));
    }

    private static ContextConsumer<AssertableApplicationContext> refuses(String name, String value, String rule) {
        return context -> {
            assertThat(context).hasFailed();
            InvalidConfigurationPropertyValueException refusal =
                    find(context.getStartupFailure(), InvalidConfigurationPropertyValueException.class);
            assertThat(refusal.getName()).isEqualTo("reactive-lock." + name);
            assertThat(String.valueOf(refusal.getValue())).isEqualTo(value);
            assertThat(refusal.getReason()).contains(rule).endsWith(".");
        };
    }
}
