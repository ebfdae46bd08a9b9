package io.reactivelock.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.spi.LockBackend;
import io.reactivelock.testkit.InMemoryLockBackend;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webflux.test.autoconfigure.WebFluxTest;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;
import org.springframework.test.web.reactive.server.WebTestClient;

@WebFluxTest(properties = "reactive-lock.profiles.items.lease-time=10s")
@AutoConfigureReactiveLock
@AutoConfigureWebTestClient
@DisplayName("A test of the web slice")
class WebSliceTest {
    @Autowired
    private WebTestClient web;

    @Autowired
    private LockBackend backend;

    @Test
    @DisplayName("has locks in memory, by the application's profiles")
    void hasLocks() {
        assertThat(backend).isInstanceOf(InMemoryLockBackend.class);
        web.get()
                .uri("/items/1/token")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody(String.class)
                .isEqualTo("item:1 true");
    }
}
