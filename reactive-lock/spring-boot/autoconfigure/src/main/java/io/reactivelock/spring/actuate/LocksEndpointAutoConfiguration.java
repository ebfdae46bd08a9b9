package io.reactivelock.spring.actuate;

import io.reactivelock.LockClient;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** The endpoint {@code locks}. */
@AutoConfiguration(afterName = "io.reactivelock.spring.client.ReactiveLockAutoConfiguration")
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBooleanProperty(name = "reactive-lock.enabled", matchIfMissing = true)
@ConditionalOnAvailableEndpoint(LocksEndpoint.class)
@ConditionalOnSingleCandidate(LockClient.class)
@EnableConfigurationProperties(LocksEndpointProperties.class)
@Import(LockActivityConfiguration.class)
final class LocksEndpointAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean
    LocksEndpoint locksEndpoint(
            LockActivity activity,
            LockClient locks,
            ObjectProvider<SanitizingFunction> sanitizingFunctions,
            LocksEndpointProperties properties) {
        return new LocksEndpoint(
                activity, locks, sanitizingFunctions.orderedStream().toList(), properties.showValues());
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(LocksEndpoint.class)
    @ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
    LocksEndpointWebExtension locksEndpointWebExtension(LocksEndpoint endpoint, LocksEndpointProperties properties) {
        return new LocksEndpointWebExtension(endpoint, properties);
    }
}
