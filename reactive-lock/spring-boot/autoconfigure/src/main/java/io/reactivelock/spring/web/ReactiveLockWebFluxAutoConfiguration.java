package io.reactivelock.spring.web;

import io.reactivelock.LockException;
import io.reactivelock.fencing.FencingException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.dao.DataAccessException;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.reactive.DispatcherHandler;

/** Answers the failures of locks and guards with problems of RFC 9457, where nobody else has answered them. */
@AutoConfiguration(afterName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({LockException.class, DispatcherHandler.class})
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "reactive-lock.web.problem-details", matchIfMissing = true)
@EnableConfigurationProperties(LockWebProperties.class)
public final class ReactiveLockWebFluxAutoConfiguration {
    /** Made by Spring. */
    ReactiveLockWebFluxAutoConfiguration() {}

    @Bean
    @ConditionalOnBean(ServerCodecConfigurer.class)
    ProblemWriter lockProblemWriter(
            ObjectProvider<LockProblems> problems, LockWebProperties properties, ServerCodecConfigurer codecs) {
        return new ProblemWriter(problems.orderedStream().toList(), properties, codecs);
    }

    @Bean
    AcquireProblems acquireProblems() {
        return new AcquireProblems();
    }

    @Bean
    @ConditionalOnClass(FencingException.class)
    GuardProblems guardProblems() {
        return new GuardProblems();
    }

    @Bean
    @ConditionalOnClass(DataAccessException.class)
    UnfencedProblems unfencedProblems() {
        return new UnfencedProblems();
    }
}
