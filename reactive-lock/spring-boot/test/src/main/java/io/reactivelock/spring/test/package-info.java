/**
 * Tests of Spring Boot applications that use locks.
 *
 * <pre>{@code
 * @DataR2dbcTest
 * @AutoConfigureReactiveLock
 * class StockRepositoryTest {
 *     @Autowired
 *     LockClient locks;
 * }
 * }</pre>
 */
@NullMarked
package io.reactivelock.spring.test;

import org.jspecify.annotations.NullMarked;
