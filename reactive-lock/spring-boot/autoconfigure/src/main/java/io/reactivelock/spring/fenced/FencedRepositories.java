package io.reactivelock.spring.fenced;

import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.spring.Fenced;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.BeanReference;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.data.mapping.PersistentEntity;
import org.springframework.data.r2dbc.core.R2dbcEntityOperations;
import org.springframework.data.r2dbc.repository.support.R2dbcRepositoryFactoryBean;
import org.springframework.data.repository.core.RepositoryInformation;
import org.springframework.data.repository.core.support.RepositoryFactoryBeanSupport;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;

/** Puts the fence around the repositories of R2DBC that are {@link Fenced}, before their proxies are made. */
final class FencedRepositories implements BeanPostProcessor, BeanFactoryAware {
    private static final String OPERATIONS = "entityOperations";

    private @Nullable ConfigurableListableBeanFactory beans;

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        beans = (ConfigurableListableBeanFactory) beanFactory;
    }

    @Override
    public Object postProcessBeforeInitialization(Object bean, String beanName) {
        if (bean instanceof R2dbcRepositoryFactoryBean<?, ?, ?> repository) {
            fence(repository, beanName);
        } else {
            requireUnfenced(bean);
        }
        return bean;
    }

    private void fence(R2dbcRepositoryFactoryBean<?, ?, ?> repository, String beanName) {
        Supplier<String> idProperty = () -> {
            PersistentEntity<?, ?> entity = repository.getPersistentEntity();
            return entity.getRequiredIdProperty().getName();
        };
        repository.addRepositoryFactoryCustomizer(factory ->
                factory.addRepositoryProxyPostProcessor((proxy, information) -> {
                    FencedMethods methods = FencedMethods.of(information, idProperty);
                    if (!methods.isEmpty()) {
                        proxy.addAdvice(new FencedInterceptor(methods, writes(information, beanName)));
                    }
                }));
    }

    private FencedWrites writes(RepositoryInformation information, String beanName) {
        DatabaseClient client = client(beanName);
        R2dbcFencingGuard guard = beans().getBeanProvider(R2dbcFencingGuard.class)
                .getIfAvailable(() -> {
                    throw new IllegalStateException(
                            information.getRepositoryInterface().getName()
                                    + " is @Fenced, which needs a bean of type R2dbcFencingGuard");
                });
        return new FencedWrites(client, guard, transactions(client));
    }

    /** The client that the repository itself writes with: an application may have several databases. */
    private DatabaseClient client(String beanName) {
        Object operations = beans().containsBeanDefinition(beanName)
                ? beans().getMergedBeanDefinition(beanName).getPropertyValues().get(OPERATIONS)
                : null;
        if (operations instanceof RuntimeBeanReference reference && reference.getBeanType() != null) {
            operations = beans().getBean(reference.getBeanType());
        } else if (operations instanceof BeanReference reference) {
            operations = beans().getBean(reference.getBeanName());
        }
        return operations instanceof R2dbcEntityOperations own
                ? own.getDatabaseClient()
                : beans().getBean(DatabaseClient.class);
    }

    /** Where none has the same connections, the check finds no transaction, and says so. */
    private ReactiveTransactionManager transactions(DatabaseClient client) {
        return beans().getBeanProvider(R2dbcTransactionManager.class).stream()
                .filter(manager -> manager.getConnectionFactory() == client.getConnectionFactory())
                .findFirst()
                .<ReactiveTransactionManager>map(manager -> manager)
                .orElseGet(() -> beans().getBean(ReactiveTransactionManager.class));
    }

    private static void requireUnfenced(Object bean) {
        Class<?> type =
                bean instanceof RepositoryFactoryBeanSupport<?, ?, ?> other ? other.getObjectType() : bean.getClass();
        if (AnnotatedElementUtils.hasAnnotation(type, Fenced.class)) {
            throw new IllegalStateException(
                    "@Fenced is for repositories of Spring Data R2DBC and their entities, and fences nothing on "
                            + type.getName());
        }
    }

    private ConfigurableListableBeanFactory beans() {
        if (beans == null) {
            throw new IllegalStateException("not in a bean factory");
        }
        return beans;
    }
}
