package io.reactivelock.testservers;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a Redis: the one that all tests of the JVM share, started before the first test that needs it.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final RedisExtension REDIS = new RedisExtension();
 *
 * @Test
 * void works() {
 *     connect(REDIS.server());
 * }
 * }</pre>
 *
 * <p>With {@code @ExtendWith(RedisExtension.class)}, a parameter of type {@link RedisServer} gets the same server.
 */
public final class RedisExtension implements BeforeAllCallback, ParameterResolver {
    /** For {@code @RegisterExtension} and {@code @ExtendWith}. */
    public RedisExtension() {}

    /** {@return {@link RedisServer#shared()}} */
    public RedisServer server() {
        return RedisServer.shared();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        server();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == RedisServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return server();
    }
}
