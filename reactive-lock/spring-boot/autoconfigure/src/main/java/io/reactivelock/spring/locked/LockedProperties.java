package io.reactivelock.spring.locked;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.Ordered;

/**
 * @param order Order of the advice behind the annotation Locked. By default just outside of the advice with the lowest precedence, as
 *     that of Transactional has by default, and inside of a retry.
 */
@ConfigurationProperties("reactive-lock.aspect")
record LockedProperties(@DefaultValue("" + DEFAULT_ORDER) int order) {
    static final int DEFAULT_ORDER = Ordered.LOWEST_PRECEDENCE - 1000;
}
