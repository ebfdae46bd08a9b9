package io.reactivelock.spring.client;

import io.reactivelock.fencing.FencingGuardOptions;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What an application says of its guard. Ranges are those of {@code FencingGuardOptions}, which checks them.
 *
 * @param lockTimeout How long the server lets a guarded transaction wait for a row lock. Less than the reply timeout.
 * @param idleInTransactionTimeout After what time without a statement the server ends a guarded transaction, with its connection.
 * @param replyTimeout How long the guard waits for a connection, and for the reply to each of its statements.
 * @param grants How many grants a fenced 'withLock' takes at most until the storage accepts the token of one.
 * @param initializeSchema Whether the guard's tables and functions are created as the application starts.
 * @param enforce Which tables refuse what did not pass the guard: the resource of a row, an SQL expression over its columns, by name of the
 *     table.
 */
@ConfigurationProperties("reactive-lock.fencing")
record FencingGuardProperties(
        @DefaultValue("5s") Duration lockTimeout,
        @DefaultValue("30s") Duration idleInTransactionTimeout,
        @DefaultValue("30s") Duration replyTimeout,
        @DefaultValue("3") int grants,
        @DefaultValue("never") InitializeSchema initializeSchema,
        @DefaultValue Map<String, String> enforce) {
    private static final String PREFIX = "reactive-lock.fencing.";

    /** When the guard's schema is created. */
    enum InitializeSchema {
        /** By somebody else, as by a migration tool. */
        NEVER,
        /** At each start, where it is missing or of an earlier version. */
        ALWAYS
    }

    FencingGuardOptions options() {
        FencingGuardOptions options = FencingGuardOptions.defaults();
        // so that neither is held against a default that does not stay
        if (replyTimeout.compareTo(options.lockTimeout()) > 0) {
            options = withLockTimeout(withReplyTimeout(options));
        } else {
            options = withReplyTimeout(withLockTimeout(options));
        }
        return withGrants(withIdleTimeout(options));
    }

    private FencingGuardOptions withLockTimeout(FencingGuardOptions options) {
        return PropertyRule.apply(PREFIX + "lock-timeout", lockTimeout, () -> options.lockTimeout(lockTimeout));
    }

    private FencingGuardOptions withReplyTimeout(FencingGuardOptions options) {
        return PropertyRule.apply(PREFIX + "reply-timeout", replyTimeout, () -> options.replyTimeout(replyTimeout));
    }

    private FencingGuardOptions withIdleTimeout(FencingGuardOptions options) {
        return PropertyRule.apply(
                PREFIX + "idle-in-transaction-timeout",
                idleInTransactionTimeout,
                () -> options.idleInTransactionTimeout(idleInTransactionTimeout));
    }

    private FencingGuardOptions withGrants(FencingGuardOptions options) {
        return PropertyRule.apply(PREFIX + "grants", grants, () -> options.grants(grants));
    }
}
