package io.reactivelock.spring.web;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the clients of a web application are told.
 *
 * @param problemDetails Whether failures of locks and guards are answered with a problem of RFC 9457.
 * @param retryAfter After what time a client that met a lock that is held, or a server that is down for a moment, is to come again;
 *     in whole seconds, rounded up.
 */
@ConfigurationProperties("reactive-lock.web")
record LockWebProperties(
        @DefaultValue("true") boolean problemDetails,
        @DefaultValue("1s") Duration retryAfter) {
    LockWebProperties {
        if (retryAfter.isNegative() || retryAfter.isZero()) {
            throw new IllegalArgumentException("reactive-lock.web.retry-after is more than 0, not " + retryAfter);
        }
    }

    /** As HTTP has it. */
    long retryAfterSeconds() {
        return Math.max(1, retryAfter.plusSeconds(1).minusNanos(1).toSeconds());
    }
}
