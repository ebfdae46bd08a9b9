package io.reactivelock.spring.test;

import io.reactivelock.LockClient;
import io.reactivelock.spring.LockProfiles;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** A service of which the tests take slices. Its Redis is nowhere. */
@SpringBootApplication
class SlicedApplication {
    @RestController
    static class LockingController {
        private final LockClient locks;
        private final LockProfiles profiles;

        LockingController(LockClient locks, LockProfiles profiles) {
            this.locks = locks;
            this.profiles = profiles;
        }

        @GetMapping("/items/{id}/token")
        Mono<String> token(@PathVariable String id) {
            return locks.withLock(
                    profiles.request("items", "item:" + id),
                    lease -> Mono.just(lease.name() + ' ' + (lease.token().value() > 0)));
        }
    }
}
