/**
 * What users and authors of Reactive Lock test with.
 *
 * <p>For code that takes locks: {@link io.reactivelock.testkit.InMemoryLockBackend}, on the real or on a virtual time, and
 * {@link io.reactivelock.testkit.FaultyLockBackend}, which loses, delays, repeats and refuses what a test says.
 *
 * <pre>{@code
 * VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
 * InMemoryLockBackend server = InMemoryLockBackend.create(scheduler);
 * FaultyLockBackend network = FaultyLockBackend.around(server, scheduler);
 * LockClient locks = LockClient.create(network, LockClientOptions.defaults().scheduler(scheduler));
 *
 * network.always(LockOperation.RENEW, LockFault.loseReply());
 * StepVerifier.create(locks.withLock(LockRequest.of("order:42"), lease -> neverEnding()))
 *         .then(() -> scheduler.advanceTimeBy(Duration.ofSeconds(30)))
 *         .verifyError(LeaseLostException.class);
 * }</pre>
 *
 * <p>For authors of backends and adapters, contracts whose tests come with the interface:
 * {@link io.reactivelock.testkit.LockBackendContract}, {@link io.reactivelock.testkit.WaitQueueContract},
 * {@link io.reactivelock.testkit.LossSignalsContract}, {@link io.reactivelock.testkit.ForeignEntryContract}; {@link io.reactivelock.testkit.LockClientContract},
 * {@link io.reactivelock.testkit.LockCancellationContract}, {@link io.reactivelock.testkit.LockQueueContract}.
 *
 * <p>For everybody, {@link io.reactivelock.testkit.LeftoversExtension}, which fails tests that leave buffers or threads behind. Nothing
 * here needs a server; {@code reactive-lock-test-servers} has them.
 */
@NullMarked
package io.reactivelock.testkit;

import org.jspecify.annotations.NullMarked;
