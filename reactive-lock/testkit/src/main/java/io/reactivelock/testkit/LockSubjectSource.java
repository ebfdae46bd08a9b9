package io.reactivelock.testkit;

import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.spi.LockBackend;
import java.time.Duration;

/** What the contracts of clients have in common: what a test class has to give. */
interface LockSubjectSource {
    /**
     * Returns a backend on the server under test, the same one each time or a new one. It is called more than once in a test: what a
     * client did is looked at through another backend. The contract disposes each.
     */
    LockBackend backend();

    /** Returns the time that clients and backends run on. By default the real one. */
    default ContractTime time() {
        return ContractTime.real();
    }

    /** Returns a lease time that is short enough to wait for its end, and long enough for a busy machine. 1 s by default. */
    default Duration leaseTime() {
        return Duration.ofSeconds(1);
    }

    /**
     * Opens the client under test. By default the client of Reactive Lock itself.
     *
     * @param backend the backend to use; closed with the client
     * @param options the options to use
     * @return the client
     */
    default LockSubject open(LockBackend backend, LockClientOptions options) {
        return LockSubject.of(LockClient.create(backend, options));
    }
}
