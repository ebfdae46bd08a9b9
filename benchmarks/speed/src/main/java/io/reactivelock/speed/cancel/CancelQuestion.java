package io.reactivelock.speed.cancel;

import static io.reactivelock.speed.subject.Subject.REACTIVE_LOCK;
import static io.reactivelock.speed.subject.Subject.REDISSON;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.harness.SpeedPlan;
import io.reactivelock.speed.subject.MeasuredLock;
import io.reactivelock.speed.subject.MeasuredLock.HeldLock;
import io.reactivelock.speed.subject.Subject;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Mono;

/** Counts what is left of a {@link Storm}. */
public final class CancelQuestion implements Question {
    /** After so many lease times, all has ended that nobody renews. */
    private static final int LEASE_TIMES_TO_SETTLE = 3;

    private record Count(String metric, ToLongFunction<Leftovers> of) {}

    private static final List<Count> COUNTS = List.of(
            new Count("locks held", Leftovers::locks),
            new Count("keys without expiry", Leftovers::withoutExpiry),
            new Count("waiters on the server", Leftovers::waiters),
            new Count("channels, client closed", Leftovers::channels));

    @Override
    public String name() {
        return "cancel";
    }

    @Override
    public String title() {
        return "Cancelled acquires";
    }

    @Override
    public Set<Key> keys() {
        return Set.of(Key.CANCEL_LEAKS);
    }

    @Override
    public QuestionResult answer(Bench bench) {
        SpeedPlan plan = bench.plan();
        GrownHeap heap = new GrownHeap();
        Map<Subject, Leftovers> left = new EnumMap<>(Subject.class);
        try (RedisStats redis = new RedisStats(bench.redis())) {
            for (Subject subject : plan.subjects(List.of(REACTIVE_LOCK), List.of(REDISSON))) {
                bench.progress().accept("Storm-" + subject);
                redis.flush();
                left.put(
                        subject,
                        subject == REACTIVE_LOCK
                                ? ours(bench.redis(), plan, redis, heap)
                                : redissons(bench.redis(), plan, redis));
            }
        }
        return answer(plan, left, heap);
    }

    private QuestionResult answer(SpeedPlan plan, Map<Subject, Leftovers> left, GrownHeap heap) {
        QuestionResult.Builder answer = new QuestionResult.Builder(this);
        COUNTS.forEach(count -> answer.figures(count.metric(), "left", List.copyOf(left.keySet()), subject ->
                (double) count.of().applyAsLong(subject.in(left))));
        answer.figure("objects of the client", "left", REACTIVE_LOCK.title(), (double) heap.objects())
                .note(String.format(
                        Locale.ROOT,
                        "%,d cancels each; leases of %d s, and up to %d s to settle.",
                        plan.cancels(),
                        plan.cancelledLeaseTime().toSeconds(),
                        patience(plan).toSeconds()));
        if (heap.objects() > 0) {
            answer.note("More objects than before: " + heap + ".");
        }
        return answer.value(Key.CANCEL_LEAKS, (double) (REACTIVE_LOCK.in(left).total() + heap.objects()))
                .build();
    }

    private static Duration patience(SpeedPlan plan) {
        return plan.cancelledLeaseTime().multipliedBy(LEASE_TIMES_TO_SETTLE);
    }

    private static Leftovers ours(String uri, SpeedPlan plan, RedisStats redis, GrownHeap heap) {
        LockClient locks = LockClient.create(RedisLockBackend.create(uri));
        Leftovers left;
        try {
            Storm storm = new Storm((name, hold) -> ours(locks, request(name, plan), hold));
            storm.cancel(plan.cancels() / 10); // what is created but once is there after that
            storm.calm(); // the last answer is still referred to: here as there that to one release
            settled(plan, redis);
            heap.before();
            storm.cancel(plan.cancels());
            left = settled(plan, redis);
            storm.calm();
            heap.after(patience(plan));
        } finally {
            locks.close().block();
        }
        return left.withChannels(redis);
    }

    private static LockRequest request(String name, SpeedPlan plan) {
        return LockRequest.of(name).leaseTime(plan.cancelledLeaseTime()).waitTime(Subject.WAIT_TIME);
    }

    private static Mono<?> ours(LockClient locks, LockRequest request, Duration hold) {
        return ThreadLocalRandom.current().nextBoolean()
                ? locks.withLock(request, lease -> Mono.delay(hold))
                : Mono.usingWhen(locks.acquire(request), lease -> Mono.delay(hold), Lease::release);
    }

    private static Leftovers settled(SpeedPlan plan, RedisStats redis) {
        return Leftovers.whenSettled(redis, patience(plan), key -> key.endsWith(":lock"));
    }

    private static Leftovers redissons(String uri, SpeedPlan plan, RedisStats redis) {
        Leftovers left;
        try (MeasuredLock locks = REDISSON.open(uri, plan.cancelledLeaseTime())) {
            new Storm((name, hold) ->
                            Mono.usingWhen(locks.acquire(name), held -> Mono.delay(hold), CancelQuestion::released))
                    .cancel(plan.cancels());
            left = Leftovers.whenSettled(redis, patience(plan), key -> true);
        }
        return left.withChannels(redis);
    }

    /** One that was lost meanwhile is not left behind. */
    private static Mono<Void> released(HeldLock held) {
        return held.release().onErrorComplete(IllegalMonitorStateException.class);
    }
}
