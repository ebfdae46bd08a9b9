package io.reactivelock.testkit;

/**
 * What every client has to do, on any backend. A test class implements this interface and gives a backend, and where it tests an
 * adapter, the client as a {@link LockSubject}; the tests come with it. Letters and numbers name the rules of the project's
 * specification. {@link LockCancellationContract} adds what concerns cancellation, where the asynchronous type knows it, and
 * {@link LockQueueContract} what concerns notifications, where the backend sends them.
 *
 * <pre>{@code
 * class MyAdapterTest implements LockClientContract {
 *     @Override
 *     public LockBackend backend() {
 *         return InMemoryLockBackend.create();
 *     }
 *
 *     @Override
 *     public LockSubject open(LockBackend backend, LockClientOptions options) {
 *         return new MyAdapterAsSubject(backend, options);
 *     }
 * }
 * }</pre>
 */
public interface LockClientContract extends AcquireContract, HoldContract, ReleaseContract, WaitContract {}
