package io.reactivelock.spring.fenced;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spring.Fenced;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.r2dbc.autoconfigure.DataR2dbcAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.annotation.Id;
import org.springframework.data.r2dbc.core.R2dbcEntityTemplate;
import org.springframework.data.r2dbc.repository.Query;
import org.springframework.data.r2dbc.repository.support.R2dbcRepositoryFactoryBean;
import org.springframework.data.repository.Repository;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import reactor.core.publisher.Mono;

/** When the parts are there, and what does not start. Nothing here connects. */
class FencedConditionsTest {
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    FencedAutoConfiguration.class, R2dbcTransactionManagerAutoConfiguration.class))
            .withUserConfiguration(Connections.class);

    private final ApplicationContextRunner guarded =
            runner.withBean(R2dbcFencingGuard.class, () -> R2dbcFencingGuard.create(Connections.FACTORY));

    @Test
    void byDefaultRepositoriesAreFencedAndTransactionsAreBoots() {
        guarded.run(context -> {
            assertThat(context).hasSingleBean(FencedRepositories.class).hasSingleBean(RefusalTranslator.class);
            assertThat(context.getBean(ReactiveTransactionManager.class))
                    .isExactlyInstanceOf(R2dbcTransactionManager.class);
            assertThat(context.getBean(DatabaseClient.class)).isInstanceOf(RefusalAwareClient.class);
        });
    }

    @Test
    void transactionsAreFencedWhereTheApplicationAsks() {
        guarded.withPropertyValues("reactive-lock.fencing.transactions=true")
                .run(context -> assertThat(context.getBean(ReactiveTransactionManager.class))
                        .isInstanceOf(FencedTransactionManager.class));
    }

    @Test
    void aTransactionManagerOfTheApplicationStays() {
        ReactiveTransactionManager own = mock(ReactiveTransactionManager.class);

        guarded.withPropertyValues("reactive-lock.fencing.transactions=true")
                .withBean(ReactiveTransactionManager.class, () -> own)
                .run(context -> assertThat(context.getBean(ReactiveTransactionManager.class))
                        .isSameAs(own));
    }

    @Test
    void fencedTransactionsNeedAGuard() {
        runner.withPropertyValues("reactive-lock.fencing.transactions=true")
                .run(context -> assertThat(context).getFailure().hasMessageContaining("R2dbcFencingGuard"));
    }

    @Test
    void oneSwitchTurnsAllOff() {
        guarded.withPropertyValues("reactive-lock.enabled=false", "reactive-lock.fencing.transactions=true")
                .run(context -> {
                    assertThat(context)
                            .doesNotHaveBean(FencedRepositories.class)
                            .doesNotHaveBean(RefusalTranslator.class);
                    assertThat(context.getBean(ReactiveTransactionManager.class))
                            .isNotInstanceOf(FencedTransactionManager.class);
                });
    }

    @Test
    void withoutTheGuardOnTheClassPathNothingIsThere() {
        runner.withClassLoader(new FilteredClassLoader("io.reactivelock.fencing"))
                .withPropertyValues("reactive-lock.fencing.transactions=true")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(FencedAutoConfiguration.class));
    }

    @Test
    void withoutSpringsR2dbcNothingIsThere() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(FencedAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader("org.springframework.r2dbc"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(FencedAutoConfiguration.class));
    }

    @Test
    void withoutSpringDataTransactionsAreFencedAllTheSame() {
        guarded.withClassLoader(new FilteredClassLoader("org.springframework.data"))
                .withPropertyValues("reactive-lock.fencing.transactions=true")
                .run(context -> {
                    assertThat(context).hasNotFailed().doesNotHaveBean("fencedRepositories");
                    assertThat(context.getBean(ReactiveTransactionManager.class))
                            .isInstanceOf(FencedTransactionManager.class);
                });
    }

    @Test
    void aFencedRepositoryNeedsAGuard() {
        fails(runner, Reactive.class, "Reactive is @Fenced, which needs a bean of type R2dbcFencingGuard");
    }

    @Test
    void aMethodThatIsNotReactiveDoesNotStart() {
        fails(guarded, Blocking.class, "Blocking.saveNow is @Fenced, which needs a method that returns a Mono");
    }

    @Test
    void anExpressionThatIsNoneDoesNotStart() {
        fails(guarded, BadExpression.class, "BadExpression.save: \"'item:' +\" is no expression");
    }

    @Test
    void fencedOnSomethingElseDoesNotStart() {
        guarded.withBean(Service.class)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("fences nothing on " + Service.class.getName()));
    }

    private static void fails(ApplicationContextRunner runner, Class<? extends Repository<?, ?>> type, String message) {
        runner.withConfiguration(AutoConfigurations.of(DataR2dbcAutoConfiguration.class))
                .withBean("repository", R2dbcRepositoryFactoryBean.class, type)
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(beans -> beans.getBeanDefinition("repository")
                                .getPropertyValues()
                                .add("entityOperations", new RuntimeBeanReference(R2dbcEntityTemplate.class))))
                .run(context -> assertThat(context).getFailure().hasStackTraceContaining(message));
    }

    @Configuration(proxyBeanMethods = false)
    static class Connections {
        static final ConnectionFactory FACTORY =
                ConnectionFactories.get("r2dbc:postgresql://nobody@localhost:1/nothing");

        @Bean
        ConnectionFactory connectionFactory() {
            return FACTORY;
        }

        @Bean
        DatabaseClient databaseClient(ConnectionFactory connections) {
            return DatabaseClient.create(connections);
        }
    }

    record Thing(@Id String id) {}

    @Fenced
    interface Reactive extends Repository<Thing, String> {
        Mono<Thing> save(Thing thing);
    }

    @Fenced
    interface Blocking extends Repository<Thing, String> {
        @Query("SELECT 1")
        List<Thing> saveNow();
    }

    @Fenced(resource = "'item:' +")
    interface BadExpression extends Repository<Thing, String> {
        Mono<Thing> save(Thing thing);
    }

    @Fenced
    static class Service {}
}
