package io.reactivelock.spi;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Stores locks. Values go in, values come out: "held by someone else" is a result, and an error means "we do not know", or "not
 * now", as {@link LockBackendException.Kind} tells.
 *
 * <p>Rules for every method. Nothing is sent before subscription, and every subscription sends. Neither the call nor the
 * subscription blocks. No
 * client's wall clock decides expiry: the server's clock does, or a monotonic clock that watches a record. A request that reaches the server twice has the effect of one:
 * the holder makes it recognisable. Errors are {@link LockBackendException}; the caller takes any other for
 * {@link LockBackendException.Kind#UNKNOWN}. A cancel stops what was not sent, and promises nothing for what was. Safe for use by
 * several threads.
 */
public interface LockBackend {
    /**
     * One attempt, atomically: if the lock is free, grant it to the holder for the lease time, with a token above every earlier one
     * of that name and above the command's floor. If this holder has it already, its lease time starts anew, and the answer is the
     * same token. Never waits for the lock, never overtakes a queue of waiters.
     *
     * @param command who wants what
     * @return granted or busy; never empty
     */
    Mono<AttemptResult> tryAcquire(AcquireCommand command);

    /**
     * Starts the lease time of each given lease anew, if its holder still has the lock, be it shorter than what was left; never
     * creates, never touches another holder's.
     *
     * @param renewals the leases that are due, any number of them
     * @return one result for each lease of which the outcome is known, in any order. After an error, the outcome of those without
     *     a result is unknown
     */
    Flux<RenewalResult> renew(List<Renewal> renewals);

    /**
     * Frees the lock if this holder has it. Idempotent: a second release of the same grant answers as the first one did for as long
     * as the backend can tell.
     *
     * @param name the lock name
     * @param holder the holder
     * @return true if this holder's lock was freed, false if it had it no longer; a lease that has expired and that nobody took since
     *     may answer either; never empty
     */
    Mono<Boolean> release(String name, Holder holder);

    /** {@return the queue that this backend keeps for waiters, or empty where waiters have to ask again} Always the same. */
    default Optional<WaitQueue> waitQueue() {
        return Optional.empty();
    }

    /** {@return the signals of leases that have ended, or empty where only a renewal finds that} Always the same. */
    default Optional<LossSignals> lossSignals() {
        return Optional.empty();
    }

    /** {@return what this backend promises when its servers fail} */
    Consistency consistency();

    /** {@return which lease times this backend can keep} Always the same. */
    LeaseTimes leaseTimes();

    /**
     * Called by each client of this backend as it is created, before its first call. A backend that has to watch the time itself, as
     * one does whose server has no clock, uses this scheduler's {@code now(NANOSECONDS)}, which is monotonic. Does not block.
     *
     * @param scheduler the client's clock and timer
     */
    default void start(Scheduler scheduler) {}

    /**
     * Opens what the first call would have to open. Idempotent.
     *
     * @return completes when the next call does not have to connect; errors as every call does
     */
    default Mono<Void> connect() {
        return ping();
    }

    /**
     * Asks whether the store can be reached. Takes no lock and changes nothing. The caller bounds the wait.
     *
     * @return completes with the answer; errors as every call does
     */
    Mono<Void> ping();

    /**
     * Closes what this backend opened itself. Idempotent.
     *
     * @return completion
     */
    Mono<Void> close();
}
