package io.reactivelock.testkit;

import io.reactivelock.spi.LockBackend;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import reactor.test.scheduler.VirtualTimeScheduler;

class LockClientContractTest {
    @Nested
    class OnVirtualTime implements LockCancellationContract, LockQueueContract {
        private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
        private final LockBackend backend = InMemoryLockBackend.create(scheduler);

        @Override
        public LockBackend backend() {
            return backend;
        }

        @Override
        public ContractTime time() {
            return ContractTime.virtual(scheduler);
        }
    }

    @Nested
    class OnVirtualTimeWithoutQueue implements LockCancellationContract {
        private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
        private final LockBackend backend =
                InMemoryLockBackend.create(scheduler).withoutQueue();

        @Override
        public LockBackend backend() {
            return backend;
        }

        @Override
        public ContractTime time() {
            return ContractTime.virtual(scheduler);
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class OnRealTime implements LockCancellationContract, LockQueueContract {
        private final LockBackend backend = InMemoryLockBackend.create();

        @Override
        public LockBackend backend() {
            return backend;
        }
    }
}
