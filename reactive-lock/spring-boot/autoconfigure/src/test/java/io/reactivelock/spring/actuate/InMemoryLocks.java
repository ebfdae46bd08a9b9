package io.reactivelock.spring.actuate;

import io.reactivelock.LockClient;
import io.reactivelock.LockClientOptions;
import io.reactivelock.LockObserver;
import io.reactivelock.spring.LockClientCustomizer;
import io.reactivelock.testkit.InMemoryLockBackend;
import java.lang.reflect.Proxy;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A client with all observers and decorators, on a backend in memory. */
@Configuration(proxyBeanMethods = false)
class InMemoryLocks {
    @Bean
    InMemoryLockBackend lockBackend() {
        return InMemoryLockBackend.create();
    }

    @Bean
    LockClient lockClient(
            InMemoryLockBackend backend,
            ObjectProvider<LockObserver> observers,
            ObjectProvider<LockClientCustomizer> customizers) {
        LockClient client = LockClient.create(
                backend,
                LockClientOptions.defaults()
                        .observer(all(observers.orderedStream().toList())));
        for (LockClientCustomizer customizer : customizers.orderedStream().toList()) {
            client = customizer.customize(client);
        }
        return client;
    }

    private static LockObserver all(List<LockObserver> observers) {
        return (LockObserver) Proxy.newProxyInstance(
                LockObserver.class.getClassLoader(), new Class<?>[] {LockObserver.class}, (proxy, event, arguments) -> {
                    for (LockObserver observer : observers) {
                        event.invoke(observer, arguments);
                    }
                    return null;
                });
    }
}
