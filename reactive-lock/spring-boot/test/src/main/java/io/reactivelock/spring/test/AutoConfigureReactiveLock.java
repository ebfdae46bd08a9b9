package io.reactivelock.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Gives a test locks in memory: a {@code LockBackend}, on it a {@code LockClient} with the application's properties, its {@code
 * LockProfiles}, and {@code @Locked}. On a test class, beside {@code @DataR2dbcTest}, {@code @WebFluxTest} or another slice, which has no
 * locks otherwise; beside {@code @SpringBootTest} it takes the place of the application's Redis. A {@code LockBackend} or a {@code
 * LockClient} bean of the test's own goes first.
 *
 * <p>Fenced repositories need nothing more: {@code @DataR2dbcTest} has the guard, by this jar. They do need a PostgreSQL.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration
public @interface AutoConfigureReactiveLock {}
