package io.reactivelock.spring;

import io.reactivelock.Lease;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.LockTimeoutException;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.core.annotation.AliasFor;

/**
 * Runs a reactive method under a lock.
 *
 * <pre>{@code
 * @Locked("item:#{#id}")
 * @Transactional
 * public Mono<Order> buy(String id) {
 *     return orders.load(id).flatMap(this::charge);
 * }
 * }</pre>
 *
 * <p>The lock spans subscription to termination: each subscription to what the method returns takes the lock, then calls the method,
 * subscribes to its result, and gives the lock back when that completes, errors or is cancelled. The work finds the lease in the
 * Reactor Context (see {@link Lease#current}). A lease that is lost cancels the work, which ends in {@code LeaseLostException}. For
 * errors see {@link LockClient#withLock}; a name that cannot be computed, or is none, is an error of that subscription, too.
 *
 * <p>For every return type that can be subscribed to later: {@code Mono}, {@code Flux}, whatever Spring's {@code
 * ReactiveAdapterRegistry} knows, and Kotlin's {@code suspend} and {@code Flow}. Another one fails at startup, as does a method that
 * cannot be intercepted, a name that cannot be computed, and a duration or profile that does not exist. As with all advice of Spring,
 * a call from within the same object is not intercepted.
 *
 * <p>The lock is taken outside of the transaction of {@code @Transactional}, so that the next holder sees what was committed. Inside
 * a transaction that is active already it is refused with {@code IllegalTransactionStateException}: it would be released before the
 * commit.
 *
 * <p>On a type it holds for each public method of the beans of that type, but for those that have {@code @Locked} themselves. As a
 * meta-annotation it may be given other values by {@link AliasFor}. Repeated, all locks are taken or none: one after the other, in
 * the order of their names, so that two callers never wait for each other; each waits for its own wait time. A name that comes twice is
 * taken once, as its first annotation says.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(Locked.Several.class)
public @interface Locked {
    /**
     * The same as {@link #name}.
     *
     * @return the template of the lock name
     */
    @AliasFor("name")
    String value() default "";

    /**
     * The lock name: a text in which <code>#{...}</code> are expressions of Spring's language. They know the parameters by name
     * (<code>#{#id}</code>) or position (<code>#{#p0}</code>), beans (<code>#{&#64;tenants.current()}</code>) and {@code #root.target},
     * {@code #root.method} and {@code #root.args}; they are computed at each subscription. A null is refused, so that it does not
     * become a lock that all share. <code>${...}</code> are properties, read once. Observers count the lock under this text, or under
     * the profile where there is one.
     *
     * @return the template of the lock name
     */
    @AliasFor("value")
    String name() default "";

    /**
     * The terms on which the lock is taken: a profile of {@code reactive-lock.profiles}. Default {@code reactive-lock.defaults}.
     *
     * @return the name of a profile, or nothing
     */
    String profile() default "";

    /**
     * {@link LockRequest#leaseTime}, as in {@code 30s}, {@code PT30S} or <code>${...}</code>.
     *
     * @return the lease time, or nothing for that of the profile
     */
    String leaseTime() default "";

    /**
     * {@link LockRequest#waitTime}. Where the lock is not waited for, it bounds only the wait for the backend's answer.
     *
     * @return the wait time, or nothing for that of the profile
     */
    String waitTime() default "";

    /**
     * {@link LockRequest#maxHold}.
     *
     * @return the longest hold, or nothing for that of the profile
     */
    String maxHold() default "";

    /**
     * {@link LockRequest#holdAtLeast}: for a job that several instances start at about the same time and one is to run.
     *
     * @return the shortest hold, or nothing for that of the profile
     */
    String holdAtLeast() default "";

    /**
     * Whether the fencing token is advanced in the storage before the method is called.
     *
     * @return by default, if there is a {@code FencingGuard}
     */
    Fencing fenced() default Fencing.AUTO;

    /**
     * What happens where someone else holds the lock.
     *
     * @return by default, it is waited for
     */
    OnBusy onBusy() default OnBusy.WAIT;

    /** Whether the token of the lock is advanced in the storage, so that no earlier holder can write any more. */
    enum Fencing {
        /** If there is a {@code FencingGuard} bean, by its {@code withLock}; else the lock alone. */
        AUTO,
        /** By the {@code FencingGuard} bean, without which the application does not start. */
        TRUE,
        /** The lock alone, for work that writes nothing which the guard protects. */
        FALSE
    }

    /** What happens where someone else holds the lock. */
    enum OnBusy {
        /** Waits until the lock is free or the wait time is over; then {@link LockTimeoutException}. */
        WAIT,
        /** Tries once, and completes empty without a call of the method. */
        SKIP,
        /** Tries once, and ends in {@link LockTimeoutException} with a wait time of zero. */
        FAIL
    }

    /** Holds the annotations of a method or type that has several. */
    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @interface Several {
        /**
         * The annotations.
         *
         * @return one for each lock
         */
        Locked[] value();
    }
}
