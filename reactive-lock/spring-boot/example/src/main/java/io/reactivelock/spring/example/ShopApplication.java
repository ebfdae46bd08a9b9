package io.reactivelock.spring.example;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.scheduling.annotation.EnableScheduling;

/** The service. Where Redis and PostgreSQL are, {@code spring.data.redis} and {@code spring.r2dbc} say, as ever. */
@SpringBootApplication(proxyBeanMethods = false)
@EnableScheduling
class ShopApplication {
    public static void main(String[] args) {
        SpringApplication.run(ShopApplication.class, args);
    }
}
