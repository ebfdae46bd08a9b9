package io.reactivelock.testkit;

import io.reactivelock.spi.LockBackend;
import org.junit.jupiter.api.Nested;
import reactor.test.scheduler.VirtualTimeScheduler;

class InMemoryLockBackendContractTest {
    @Nested
    class OnVirtualTime implements WaitQueueContract {
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
    class OnRealTime implements WaitQueueContract {
        private final LockBackend backend = InMemoryLockBackend.create();

        @Override
        public LockBackend backend() {
            return backend;
        }
    }

    @Nested
    class WithoutQueue implements LockBackendContract {
        private final LockBackend backend = InMemoryLockBackend.create().withoutQueue();

        @Override
        public LockBackend backend() {
            return backend;
        }
    }
}
