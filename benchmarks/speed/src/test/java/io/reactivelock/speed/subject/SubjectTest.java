package io.reactivelock.speed.subject;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.MeasuredLock.HeldLock;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

@DisplayName("What the benchmarks take for a lock is one")
@Tag("long")
class SubjectTest {
    /** Outlasts the test, so that nobody loses a lock because the machine is busy. */
    private static final Duration LEASE_TIME = Duration.ofMinutes(10);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static RedisServer server;
    private static RedisStats redis;

    @BeforeAll
    static void start() {
        server = RedisServer.start();
        redis = new RedisStats(server.uri());
    }

    @AfterAll
    static void stop() {
        redis.close();
        server.close();
    }

    @AfterEach
    void onlyOurOwnConnectionIsLeft() {
        Mono.fromSupplier(SubjectTest::connections)
                .filter(left -> left == 1)
                .repeatWhenEmpty(none -> none.delayElements(Duration.ofMillis(10)))
                .block(PATIENCE);
    }

    @ParameterizedTest
    @EnumSource
    void takesAndGivesBack(Subject subject) {
        try (MeasuredLock locks = subject.open(server.uri(), LEASE_TIME)) {
            // One cycle a name at a time: some subjects can only try.
            Flux.range(0, 20)
                    .flatMap(i -> locks.cycle("name:" + i).repeat(9), 10)
                    .then()
                    .block(PATIENCE);
            assertThat(connections()).isGreaterThan(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void excludes(Subject subject) {
        try (MeasuredLock first = subject.open(server.uri(), LEASE_TIME);
                MeasuredLock second = subject.open(server.uri(), LEASE_TIME)) {
            HeldLock held = acquired(first, "taken:" + subject);
            StepVerifier.create(second.acquire("taken:" + subject).timeout(Duration.ofMillis(300)))
                    .expectError()
                    .verify(PATIENCE);
            held.release().block(PATIENCE);
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"BARE_LETTUCE", "SHEDLOCK"})
    void waits(Subject subject) {
        try (MeasuredLock first = subject.open(server.uri(), LEASE_TIME);
                MeasuredLock second = subject.open(server.uri(), LEASE_TIME)) {
            HeldLock held = acquired(first, "wanted:" + subject);
            Mono<HeldLock> next = second.acquire("wanted:" + subject).cache();
            next.subscribe(got -> {}, failure -> {});
            StepVerifier.create(next.timeout(Duration.ofMillis(300), Mono.empty()))
                    .verifyComplete();

            held.release().block(PATIENCE);

            next.flatMap(HeldLock::release).block(PATIENCE);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BARE_LETTUCE", "REACTIVE_LOCK", "REDISSON"})
    @DisplayName("a release of a lock that is gone is an error, for else a broken run would be a fast one")
    void noticesThatTheLockIsGone(Subject subject) {
        try (MeasuredLock locks = subject.open(server.uri(), LEASE_TIME)) {
            HeldLock held = acquired(locks, "gone:" + subject);
            redis.flush();

            StepVerifier.create(held.release()).expectError().verify(PATIENCE);
        }
    }

    private static HeldLock acquired(MeasuredLock locks, String name) {
        return Objects.requireNonNull(locks.acquire(name).block(PATIENCE));
    }

    private static long connections() {
        return redis.redis().clientList().lines().count();
    }
}
