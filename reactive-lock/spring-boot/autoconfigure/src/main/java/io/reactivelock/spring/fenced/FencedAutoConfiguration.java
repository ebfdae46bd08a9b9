package io.reactivelock.spring.fenced;

import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.data.r2dbc.repository.support.R2dbcRepositoryFactoryBean;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;

/**
 * Fences the repositories that ask for it, and the transactions where {@code reactive-lock.fencing.transactions} does; calls the
 * refusals of the database by their names.
 */
@AutoConfiguration(
        afterName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration",
        beforeName = {
            "org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration",
            "org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration"
        })
@ConditionalOnClass({R2dbcFencingGuard.class, DatabaseClient.class, ReactiveTransactionManager.class})
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
public final class FencedAutoConfiguration {
    /** Made by Spring. */
    FencedAutoConfiguration() {}

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static RefusalTranslator refusalTranslator() {
        return new RefusalTranslator();
    }

    /**
     * The transaction manager that checks; one of the application's own is left alone. Without a guard the application does not
     * start.
     */
    @Bean
    @ConditionalOnBooleanProperty(name = "reactive-lock.fencing.transactions")
    @ConditionalOnSingleCandidate(ConnectionFactory.class)
    @ConditionalOnMissingBean(ReactiveTransactionManager.class)
    R2dbcTransactionManager connectionFactoryTransactionManager(
            ConnectionFactory connectionFactory, R2dbcFencingGuard guard) {
        return new FencedTransactionManager(connectionFactory, guard);
    }

    /** Only where there are repositories of Spring Data. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(R2dbcRepositoryFactoryBean.class)
    static class Repositories {
        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static FencedRepositories fencedRepositories() {
            return new FencedRepositories();
        }
    }
}
