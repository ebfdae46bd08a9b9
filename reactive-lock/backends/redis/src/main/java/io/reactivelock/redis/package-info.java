/**
 * Locks on Redis: {@link io.reactivelock.redis.RedisLockBackend}, over Lettuce.
 *
 * <pre>{@code
 * LockClient locks = LockClient.create(RedisLockBackend.create("redis://localhost").keyPrefix("billing"));
 * }</pre>
 *
 * <p>Each operation is one Lua script, so it is one step on the server. The scripts stand beside the classes.
 */
@NullMarked
package io.reactivelock.redis;

import org.jspecify.annotations.NullMarked;
