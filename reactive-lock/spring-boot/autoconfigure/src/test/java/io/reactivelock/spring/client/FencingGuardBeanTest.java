package io.reactivelock.spring.client;

import static io.reactivelock.spring.client.StartFailures.find;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuard;
import io.reactivelock.fencing.FencingGuardException;
import io.reactivelock.fencing.FencingGuardObserver;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import io.reactivelock.testservers.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcInitializationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.core.DatabaseClient;
import reactor.core.publisher.Mono;

@DisplayName("The guard's bean")
class FencingGuardBeanTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String schema = "t" + UUID.randomUUID().toString().replace("-", "");
    private ApplicationContextRunner runner;

    /** Each test in a schema of its own, which is the first on the search path: a database that nobody has prepared. */
    @BeforeEach
    void createSchema() {
        PostgresServer server = PostgresServer.shared();
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(R2dbcAutoConfiguration.class))
                .withPropertyValues(address(server))
                .run(context -> DatabaseClient.create(context.getBean(ConnectionFactory.class))
                        .sql("CREATE SCHEMA " + schema)
                        .then()
                        .block(PATIENCE));
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        R2dbcAutoConfiguration.class,
                        R2dbcInitializationAutoConfiguration.class,
                        FencingGuardAutoConfiguration.class))
                .withPropertyValues(address(server))
                .withPropertyValues("spring.r2dbc.properties.schema=" + schema);
    }

    private static String[] address(PostgresServer server) {
        return new String[] {
            "spring.r2dbc.url=r2dbc:postgresql://" + server.host() + ":" + server.port() + "/" + server.database(),
            "spring.r2dbc.username=" + server.username(),
            "spring.r2dbc.password=" + server.password()
        };
    }

    @Test
    @DisplayName("is there where the application has a database, and is switched off by either property")
    void isThere() {
        runner.run(context -> assertThat(context).hasSingleBean(R2dbcFencingGuard.class));
        for (String property : new String[] {"reactive-lock.enabled", "reactive-lock.fencing.enabled"}) {
            runner.withPropertyValues(property + "=false")
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .doesNotHaveBean(FencingGuard.class)
                            .doesNotHaveBean(FencingGuardSchemaInitializer.class));
        }
        runner.withClassLoader(new FilteredClassLoader(R2dbcFencingGuard.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("fencingGuard"));
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FencingGuardAutoConfiguration.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(FencingGuard.class));
    }

    @Test
    @DisplayName("backs off before a guard of the application's")
    void backsOff() {
        runner.withBean("own", R2dbcFencingGuard.class, () -> R2dbcFencingGuard.create(new OtherDatabase()))
                .run(context -> assertThat(context)
                        .hasSingleBean(R2dbcFencingGuard.class)
                        .hasBean("own"));
    }

    @Configuration(proxyBeanMethods = false)
    static class Shop {
        final List<String> heard = new CopyOnWriteArrayList<>();

        /** Named so that it would come first, were it not for the order of initializers. */
        @Bean
        InitializingBean aFirstBeanThatWrites(R2dbcFencingGuard guard) {
            return () -> guard.advance("item:0", new FencingToken(1, new Holder(1, 1)))
                    .block(PATIENCE);
        }

        @Bean
        FencingGuardObserver oneObserver() {
            return recording("one");
        }

        @Bean
        FencingGuardObserver anotherObserver() {
            return recording("another");
        }

        private FencingGuardObserver recording(String name) {
            return new FencingGuardObserver() {
                @Override
                public void advanced(String resource, FencingToken token, Duration took) {
                    heard.add(name + ' ' + resource);
                }
            };
        }
    }

    @Test
    @DisplayName("finds its schema and the application's tables prepared, in this order, and tells every observer")
    void preparesSchemaAndTables() {
        runner.withUserConfiguration(Shop.class)
                .withConfiguration(AutoConfigurations.of(ReactiveLockAutoConfiguration.class))
                .withBean(LockBackend.class, InMemoryLockBackend::create)
                .withPropertyValues(
                        "spring.sql.init.mode=always",
                        "spring.sql.init.schema-locations=classpath:io/reactivelock/spring/client/shop.sql",
                        "reactive-lock.fencing.initialize-schema=always",
                        "reactive-lock.fencing.enforce.stock='item:' || id")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(Shop.class).heard)
                            .containsExactlyInAnyOrder("one item:0", "another item:0");
                    DatabaseClient database = DatabaseClient.create(context.getBean(ConnectionFactory.class));
                    assertThatThrownBy(() -> database.sql("UPDATE stock SET units = units - 1 WHERE id = 1")
                                    .then()
                                    .block(PATIENCE))
                            .hasStackTraceContaining("FG005");

                    Long written = context.getBean(R2dbcFencingGuard.class)
                            .withLock(
                                    context.getBean(LockClient.class),
                                    LockRequest.of("item:1"),
                                    lease -> context.getBean(R2dbcFencingGuard.class)
                                            .update("UPDATE stock SET units = units - 1 WHERE id = 1", it -> it))
                            .block(PATIENCE);
                    assertThat(written).isOne();
                });
    }

    @Test
    @DisplayName("has a schema only where that is asked for, and whoever starts without one is told what to run")
    void tellsOfMissingSchema() {
        runner.withUserConfiguration(Shop.class).run(context -> {
            FencingGuardException failure = find(context.getStartupFailure(), FencingGuardException.class);
            FailureAnalysis analysis = new MissingFenceSchemaFailureAnalyzer().analyze(failure);
            assertThat(Objects.requireNonNull(analysis).getDescription()).contains("no schema of the fencing guard");
            assertThat(analysis.getAction())
                    .contains("reactive-lock.fencing.initialize-schema=always")
                    .contains("io/reactivelock/fencing/postgresql/fencing_guard.sql");
        });
        runner.withPropertyValues("reactive-lock.fencing.enforce.stock='item:' || id")
                .run(context -> assertThat(MissingFenceSchemaFailureAnalyzer.isSchemaMissing(
                                find(context.getStartupFailure(), FencingGuardException.class)))
                        .isTrue());
    }

    @Test
    @DisplayName("names the property of a table that cannot be enforced")
    void namesTable() {
        runner.withPropertyValues(
                        "reactive-lock.fencing.initialize-schema=always",
                        "reactive-lock.fencing.enforce[nosuch.stock]='item:' || id")
                .run(context -> {
                    var refusal = find(context.getStartupFailure(), InvalidConfigurationPropertyValueException.class);
                    assertThat(refusal.getName()).isEqualTo("reactive-lock.fencing.enforce.nosuch.stock");
                    assertThat(refusal.getReason()).contains("nosuch");
                });
    }

    @Test
    @DisplayName("is refused on another database, and only where it is asked for")
    void otherDatabase() {
        ApplicationContextRunner other = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FencingGuardAutoConfiguration.class))
                .withBean(ConnectionFactory.class, OtherDatabase::new);

        other.run(context -> {
            assertThat(context).hasNotFailed();
            assertThatThrownBy(() -> context.getBean(FencingGuard.class))
                    .hasRootCauseInstanceOf(NotPostgresException.class)
                    .rootCause()
                    .hasMessage("the fencing guard is one of PostgreSQL, and the ConnectionFactory is one of Other");
        });
        other.withPropertyValues("reactive-lock.fencing.initialize-schema=always")
                .run(context -> {
                    NotPostgresException failure = find(context.getStartupFailure(), NotPostgresException.class);
                    FailureAnalysis analysis = new NotPostgresFailureAnalyzer().analyze(failure);
                    assertThat(Objects.requireNonNull(analysis).getAction()).contains("spring.r2dbc.url");
                });
    }

    /** Of a kind that the guard does not know; never asked for a connection. */
    private static final class OtherDatabase implements ConnectionFactory {
        @Override
        public Publisher<? extends Connection> create() {
            return Mono.error(new UnsupportedOperationException());
        }

        @Override
        public ConnectionFactoryMetadata getMetadata() {
            return () -> "Other";
        }
    }
}
