package io.reactivelock.testkit;

import io.reactivelock.spi.LockBackend;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
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
        public LockBackend another() {
            return new OpenBackend(backend);
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

        @Override
        public LockBackend another() {
            return new OpenBackend(backend);
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class ManyAtATime implements WaitQueueContract {
        private static final LockBackend BACKEND = InMemoryLockBackend.create();

        @Override
        public LockBackend backend() {
            return BACKEND;
        }

        @Override
        public LockBackend another() {
            return new OpenBackend(BACKEND);
        }

        @Override
        public Duration longLeaseTime() {
            return Duration.ofSeconds(30);
        }
    }

    @Nested
    class WithoutQueue implements LockBackendContract {
        private final LockBackend backend = InMemoryLockBackend.create().withoutQueue();

        @Override
        public LockBackend backend() {
            return backend;
        }

        @Override
        public LockBackend another() {
            return new OpenBackend(backend);
        }
    }
}
