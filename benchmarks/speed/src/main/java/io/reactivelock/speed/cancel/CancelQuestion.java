package io.reactivelock.speed.cancel;

import static io.reactivelock.speed.subject.Subject.REACTIVE_LOCK;
import static io.reactivelock.speed.subject.Subject.REDISSON;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.redis.RedisLockBackend;
import io.reactivelock.speed.harness.Answer;
import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.RedisStats;
import io.reactivelock.speed.subject.LockSubject;
import io.reactivelock.speed.subject.LockSubject.Held;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Mono;

/** Counts what is left of a {@link Storm}. */
public final class CancelQuestion implements Question {
    private static final Duration LEASE_TIME = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(6);

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
    public Answer answer(Bench bench) {
        int cancels = bench.plan().cancels();
        try (RedisStats redis = new RedisStats(bench.redis())) {
            bench.progress().accept("Storm-" + REACTIVE_LOCK);
            redis.flush();
            GrownHeap heap = new GrownHeap();
            Leftovers ours = ours(bench.redis(), cancels, redis, heap);
            bench.progress().accept("Storm-" + REDISSON);
            redis.flush();
            Leftovers redissons = redissons(bench.redis(), cancels, redis);
            return answer(cancels, ours, redissons, heap);
        }
    }

    private Answer answer(int cancels, Leftovers ours, Leftovers redissons, GrownHeap heap) {
        Answer.Builder answer = new Answer.Builder(this);
        COUNTS.forEach(count -> answer.figures(count.metric(), "left", List.of(REACTIVE_LOCK, REDISSON), subject ->
                (double) count.of().applyAsLong(subject == REACTIVE_LOCK ? ours : redissons)));
        answer.figure("objects of the client", "left", REACTIVE_LOCK.title(), (double) heap.objects())
                .note(String.format(
                        Locale.ROOT,
                        "%,d cancels each; leases of %d s, and up to %d s to settle.",
                        cancels,
                        LEASE_TIME.toSeconds(),
                        PATIENCE.toSeconds()));
        if (heap.objects() > 0) {
            answer.note("More objects than before: " + heap + ".");
        }
        return answer.value(Key.CANCEL_LEAKS, (double) (ours.total() + heap.objects()))
                .build();
    }

    private static Leftovers ours(String uri, int cancels, RedisStats redis, GrownHeap heap) {
        LockClient locks = LockClient.create(RedisLockBackend.create(uri));
        Leftovers left;
        try {
            Storm storm = new Storm((name, hold) -> ours(locks, name, hold));
            storm.cancel(cancels / 10); // what is created but once is there after that
            storm.calm(); // the last answer is still referred to: here as there that to one release
            settled(redis);
            heap.before();
            storm.cancel(cancels);
            left = settled(redis);
            storm.calm();
            heap.after(PATIENCE);
        } finally {
            locks.close().block();
        }
        return left.withChannels(redis);
    }

    private static Mono<?> ours(LockClient locks, String name, Duration hold) {
        LockRequest request = LockRequest.of(name).leaseTime(LEASE_TIME);
        return ThreadLocalRandom.current().nextBoolean()
                ? locks.withLock(request, lease -> Mono.delay(hold))
                : locks.acquire(request).flatMap(lease -> Mono.delay(hold).then(lease.release()));
    }

    private static Leftovers settled(RedisStats redis) {
        return Leftovers.whenSettled(redis, PATIENCE, key -> key.endsWith(":lock"));
    }

    private static Leftovers redissons(String uri, int cancels, RedisStats redis) {
        Leftovers left;
        try (LockSubject locks = REDISSON.open(uri, LEASE_TIME)) {
            new Storm((name, hold) -> Mono.usingWhen(locks.acquire(name), held -> Mono.delay(hold), Held::release))
                    .cancel(cancels);
            left = Leftovers.whenSettled(redis, PATIENCE, key -> true);
        }
        return left.withChannels(redis);
    }
}
