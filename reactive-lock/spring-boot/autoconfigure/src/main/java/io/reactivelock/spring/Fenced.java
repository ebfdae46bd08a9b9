package io.reactivelock.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Lets the writes of a Spring Data R2DBC repository through only under their lock. On a repository, on an entity (then every repository
 * of it is fenced), or on one method of a repository; the nearest one counts.
 *
 * <p>What writes: methods whose names begin with {@code save}, {@code delete} or {@code remove}, {@code @Modifying} queries, and methods
 * that have this annotation themselves, such as an {@code UPDATE ... RETURNING}. Default methods are left to what they call. On
 * subscription, such a method finds the leases of its resources in the Reactor Context, checks all their tokens in one statement,
 * and then writes, in one transaction: the one that Spring manages around it, or else one of its own, which is committed before the
 * result completes. Reads are as they were.
 *
 * <pre>{@code
 * @Fenced(resource = "'item:' + sku")
 * interface StockRepository extends ReactiveCrudRepository<Stock, String> {
 *     @Modifying
 *     @Query("UPDATE stock SET units = units - :n WHERE sku = :sku")
 *     Mono<Integer> take(String sku, int n);
 * }
 * }</pre>
 *
 * <pre>{@code
 * guard.withLock(locks, LockRequest.of("item:42"), lease -> stock.take("42", 1));
 * }</pre>
 *
 * <p>Ends in {@link UnfencedWriteException} where a resource has no lease around the subscriber: never a silent pass; in {@code
 * StaleTokenException} where a later holder is at work; in {@code FencingGuardException} where the check could not be done, as inside a
 * savepoint ({@code Propagation.NESTED}) that is not preceded by a check, or in a read-only transaction; otherwise as the write does.
 * A cancel rolls back, as Spring does.
 *
 * <p>A repository that no R2DBC stands behind, a method that is not reactive, and an expression that cannot be read fail when the
 * application starts.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Fenced {
    /**
     * What is written, as expressions of Spring's language, each of which gives the name of a resource, or a collection of them; the
     * name of the resource is the name of its lock. Several expressions, and several entities, are checked together. By default, the
     * resource is the name of the innermost lock, whatever is written.
     *
     * <p>The properties that they see are those of the entity where the method takes one, or some ({@code saveAll}, {@code deleteAll});
     * the entity's id, under its own name, where it takes that ({@code deleteById}); and the arguments by name everywhere else. As
     * variables ({@code #sku}) the arguments are seen in any case. Entities that come from a publisher are collected first.
     *
     * @return the expressions; none for the name of the innermost lock
     */
    String[] resource() default {};
}
