package io.reactivelock.spring.locked;

import io.reactivelock.LockClient;
import org.springframework.beans.factory.config.BeanPostProcessor;

/** Lets no client that the application injects, its own included, take a lock inside a transaction. */
final class OutsideTransactionPostProcessor implements BeanPostProcessor {
    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        return bean instanceof LockClient locks && !(bean instanceof OutsideTransactionLockClient)
                ? new OutsideTransactionLockClient(locks)
                : bean;
    }
}
