package io.reactivelock.speed.spring;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.micrometer.LockMetrics;
import io.reactivelock.micrometer.LockObservations;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.speed.subject.Subject;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.spring.Locked;
import io.reactivelock.spring.locked.LockedAutoConfiguration;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How work comes under a lock, and who looks on. */
public enum LockForm {
    /** {@code withLock}. */
    WITH_LOCK("withLock") {
        @Override
        Cycles open(String redis) {
            return withLock(redis, UnaryOperator.identity(), UnaryOperator.identity());
        }
    },
    /** A method with {@code @Locked}. */
    LOCKED("@Locked") {
        @Override
        Cycles open(String redis) {
            LockClient locks = LockClient.create(RedisLockBackend.create(redis));
            AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
            context.registerBean(LockClient.class, () -> locks);
            context.registerBean(LockProfiles.class, () -> new LockProfiles(request("defaults"), Map.of()));
            context.register(LockedAutoConfiguration.class, Work.class);
            context.refresh();
            Work work = context.getBean(Work.class);
            return new Cycles(work::under, context::close);
        }
    },
    /** {@code withLock} of a client whose observer counts and times. */
    METERS("withLock, meters") {
        @Override
        Cycles open(String redis) {
            MeterRegistry registry = new SimpleMeterRegistry();
            return withLock(redis, options -> options.observer(LockMetrics.create(registry)), UnaryOperator.identity());
        }
    },
    /** {@code withLock} of an observed client, where nobody handles observations. */
    OBSERVATIONS_OFF("withLock, observations without a handler") {
        @Override
        Cycles open(String redis) {
            ObservationRegistry registry = ObservationRegistry.create();
            return withLock(redis, UnaryOperator.identity(), locks -> LockObservations.observe(locks, registry));
        }
    },
    /** {@code withLock} of an observed client, whose observations become timers. */
    OBSERVATIONS("withLock, observations") {
        @Override
        Cycles open(String redis) {
            ObservationRegistry registry = ObservationRegistry.create();
            registry.observationConfig()
                    .observationHandler(new DefaultMeterObservationHandler(new SimpleMeterRegistry()));
            return withLock(redis, UnaryOperator.identity(), locks -> LockObservations.observe(locks, registry));
        }
    };

    private final String title;

    LockForm(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Opens a client with connections of its own. */
    abstract Cycles open(String redis);

    /** A service. */
    static class Work {
        /** Works under a lock. */
        @Locked(name = "#{#name}", fenced = Locked.Fencing.FALSE)
        public Mono<Boolean> under(String name) {
            return DONE;
        }
    }

    /**
     * Takes a lock that nobody else wants, works, gives it back.
     *
     * @param cycle one such cycle
     * @param end closes what was opened, and blocks until it has gone
     */
    record Cycles(Function<String, Mono<Boolean>> cycle, Runnable end) {
        void run(int count, int inFlight) {
            Flux.range(0, count)
                    .flatMap(i -> cycle.apply("free:" + i % 8_192), inFlight)
                    .blockLast();
        }
    }

    private static final Mono<Boolean> DONE = Mono.just(true);

    private static LockRequest request(String name) {
        return LockRequest.of(name).leaseTime(Subject.LEASE_TIME).waitTime(Subject.WAIT_TIME);
    }

    private static Cycles withLock(
            String redis, UnaryOperator<LockClientOptions> options, UnaryOperator<LockClient> decorated) {
        LockClient locks = decorated.apply(
                LockClient.create(RedisLockBackend.create(redis), options.apply(LockClientOptions.defaults())));
        return new Cycles(
                name -> locks.withLock(request(name), lease -> DONE),
                () -> locks.close().block());
    }
}
