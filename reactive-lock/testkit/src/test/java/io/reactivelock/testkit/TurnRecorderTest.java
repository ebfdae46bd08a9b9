package io.reactivelock.testkit;

import static io.reactivelock.testkit.LockBackendContract.newHolder;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.Holder;
import io.reactivelock.spi.AcquireCommand;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TurnRecorderTest {
    private final ContractTime time = ContractTime.real();
    private final InMemoryLockBackend backend = InMemoryLockBackend.create();

    @Test
    @DisplayName("turns of another test on the same backend do not count")
    void tellsTestsApart() {
        try (TurnRecorder turns = new TurnRecorder(backend, time)) {
            Holder others = called("another lock");
            Holder ours = called("lock");
            turns.await(others);
            turns.await(ours);
            assertThat(turns.seenOf(ours, newHolder())).containsExactly(ours);
        }
    }

    /** A waiter whose turn has come. */
    private Holder called(String name) {
        Holder holder = newHolder();
        Holder waiter = newHolder();
        enqueue(name, holder);
        enqueue(name, waiter);
        time.await(backend.release(name, holder));
        return waiter;
    }

    private void enqueue(String name, Holder holder) {
        AcquireCommand command = new AcquireCommand(name, holder, Duration.ofMinutes(1), 0, 1);
        time.await(backend.enqueue(command, Duration.ofSeconds(1)));
    }
}
