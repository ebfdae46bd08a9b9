package io.reactivelock.spring.locked;

import io.reactivelock.LockClient;
import io.reactivelock.spring.Locked;
import org.springframework.aop.Advisor;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;

/**
 * Auto-configuration of {@link Locked}. It asks for no {@link LockClient}: where there is none, a bean with the annotation stops the
 * application, rather than running without a lock.
 */
@AutoConfiguration
@ConditionalOnClass({LockClient.class, Advisor.class})
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LockedProperties.class)
@Import(LockedAutoConfiguration.AutoProxy.class)
@ImportRuntimeHints(LockedRuntimeHints.class)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public final class LockedAutoConfiguration {
    /** For Spring. */
    public LockedAutoConfiguration() {}

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static LockedMethods lockedMethods(ConfigurableListableBeanFactory beans) {
        return new LockedMethods(beans);
    }

    /** Bound by hand, since a bean of properties that is made this early could not be bound as others are. */
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static DefaultPointcutAdvisor lockedAdvisor(LockedMethods methods, Environment environment) {
        DefaultPointcutAdvisor advisor =
                new DefaultPointcutAdvisor(new LockedPointcut(), new LockedInterceptor(methods));
        advisor.setOrder(Binder.get(environment)
                .bindOrCreate("reactive-lock.aspect", LockedProperties.class)
                .order());
        return advisor;
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static LockedBeanChecker lockedBeanChecker(LockedMethods methods) {
        return new LockedBeanChecker(methods);
    }

    /** As Spring's own annotations do it, so that an application with any of them has one auto-proxy creator. */
    static final class AutoProxy implements ImportBeanDefinitionRegistrar {
        @Override
        public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
            AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(TransactionSynchronizationManager.class)
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static class Transactions {
        @Bean
        @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
        static OutsideTransactionPostProcessor outsideTransactionPostProcessor() {
            return new OutsideTransactionPostProcessor();
        }
    }
}
