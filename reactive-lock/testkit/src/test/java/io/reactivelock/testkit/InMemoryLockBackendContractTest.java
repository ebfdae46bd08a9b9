package io.reactivelock.testkit;

import io.reactivelock.spi.LockBackend;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import reactor.test.scheduler.VirtualTimeScheduler;

class InMemoryLockBackendContractTest {
    @Nested
    class OnVirtualTime implements WaitQueueContract, LossSignalsContract {
        private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
        private final InMemoryLockBackend backend = InMemoryLockBackend.create(scheduler);

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

        @Override
        public void endLease(String name) {
            backend.endLease(name);
        }
    }

    @Nested
    class OnRealTime implements WaitQueueContract, LossSignalsContract {
        private final InMemoryLockBackend backend = InMemoryLockBackend.create();

        @Override
        public LockBackend backend() {
            return backend;
        }

        @Override
        public LockBackend another() {
            return new OpenBackend(backend);
        }

        @Override
        public void endLease(String name) {
            backend.endLease(name);
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class ManyAtATime implements WaitQueueContract, LossSignalsContract {
        private static final InMemoryLockBackend BACKEND = InMemoryLockBackend.create();

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

        @Override
        public void endLease(String name) {
            BACKEND.endLease(name);
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
