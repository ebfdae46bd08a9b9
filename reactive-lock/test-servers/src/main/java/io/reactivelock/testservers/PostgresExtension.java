package io.reactivelock.testservers;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a PostgreSQL: the one that all tests of the JVM share, started before the first test that needs it.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final PostgresExtension POSTGRES = new PostgresExtension();
 *
 * @Test
 * void works() {
 *     connect(POSTGRES.server());
 * }
 * }</pre>
 *
 * <p>With {@code @ExtendWith(PostgresExtension.class)}, a parameter of type {@link PostgresServer} gets the same server.
 */
public final class PostgresExtension implements BeforeAllCallback, ParameterResolver {
    /** For {@code @RegisterExtension} and {@code @ExtendWith}. */
    public PostgresExtension() {}

    /** {@return {@link PostgresServer#shared()}} */
    public PostgresServer server() {
        return PostgresServer.shared();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        server();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == PostgresServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return server();
    }
}
