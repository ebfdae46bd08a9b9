package io.reactivelock.mutiny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactivelock.LockRequest;
import io.reactivelock.testkit.FaultyLockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testkit.LockFault;
import io.reactivelock.testkit.LockOperation;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;
import reactor.core.scheduler.Schedulers;

@Tag("long")
class BlockHoundTest {
    @BeforeAll
    static void install() {
        BlockHound.install();
    }

    private static <T> Uni<T> onThreadThatMustNotBlock(Uni<T> uni) {
        return uni.runSubscriptionOn(Schedulers.parallel()::schedule);
    }

    @Test
    @DisplayName("G1, control: what blocks on a thread that must not is found")
    void findsWhatBlocks() {
        Uni<Integer> blocks = onThreadThatMustNotBlock(Uni.createFrom().item(() -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return 1;
        }));
        assertThatThrownBy(() -> blocks.await().atMost(Duration.ofSeconds(10)))
                .hasCauseInstanceOf(BlockingOperationError.class);
    }

    @Test
    @DisplayName("G1: nothing of a client blocks, from its first acquire to its end")
    void doesNotBlock() {
        FaultyLockBackend network = FaultyLockBackend.around(InMemoryLockBackend.create(), Schedulers.parallel());
        Stream.of(LockOperation.values())
                .forEach(operation -> network.always(operation, LockFault.delayReply(Duration.ofMillis(1))));
        LockRequest request =
                LockRequest.of("lock").leaseTime(Duration.ofSeconds(20)).renewalInterval(Duration.ofMillis(30));
        MutinyLockClient client = MutinyLockClient.create(network);
        Uni<Integer> contended = Multi.createFrom()
                .range(0, 50)
                .onItem()
                .transformToUni(
                        i -> client.withLock(request, lease -> Uni.createFrom().item(i)))
                .merge(50)
                .collect()
                .asList()
                .map(done -> done.size());
        Uni<Long> many = client.withLockMany(
                        request, lease -> Multi.createFrom().items(1, 2, 3))
                .collect()
                .with(Collectors.counting());
        Uni<?> lost = client.acquire(request.withoutRenewal().leaseTime(Duration.ofMillis(50)))
                .chain(MutinyLease::lost);
        Uni<?> refused = client.acquire(request)
                .chain(held -> client.acquire(request.waitTime(Duration.ofMillis(20)))
                        .onFailure()
                        .recoverWithNull()
                        .chain(held::release));
        Uni<Integer> life =
                contended.call(() -> many).call(() -> lost).call(() -> refused).call(client::close);
        assertThat(onThreadThatMustNotBlock(life).await().atMost(Duration.ofSeconds(30)))
                .isEqualTo(50);
    }
}
