package io.reactivelock.spring.fenced;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.r2dbc.core.DatabaseClient;

/**
 * Lets every {@link DatabaseClient} of the application call the refusals of the guard, and of the tables that it watches, by their
 * names; so do the templates and repositories that are made of it. Spring has no translator of its own to add these to.
 */
final class RefusalTranslator implements BeanPostProcessor {
    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        return bean instanceof DatabaseClient client && !(bean instanceof RefusalAwareClient)
                ? new RefusalAwareClient(client)
                : bean;
    }
}
