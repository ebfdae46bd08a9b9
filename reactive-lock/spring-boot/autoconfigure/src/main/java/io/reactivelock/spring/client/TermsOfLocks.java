package io.reactivelock.spring.client;

import io.reactivelock.LockRequest;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.spring.client.ReactiveLockProperties.Terms;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Makes a request of the terms of one profile. What is asked is the whole: each value is set where no default that is about to be
 * replaced can be held against it.
 */
final class TermsOfLocks {
    private static final String DEFAULTS = "reactive-lock.defaults";
    private static final String PROFILES = "reactive-lock.profiles.";
    private static final String RENEWAL_INTERVAL = "renewal-interval";

    private final String prefix;
    private final Terms own;
    private final Terms defaults;
    private LockRequest request = LockRequest.of("defaults");

    private TermsOfLocks(String prefix, Terms own, Terms defaults) {
        this.prefix = prefix;
        this.own = own;
        this.defaults = defaults;
    }

    static LockProfiles profiles(ReactiveLockProperties properties) {
        Terms defaults = properties.defaults();
        Map<String, LockRequest> profiles = new LinkedHashMap<>();
        properties.profiles().forEach((profile, own) -> {
            String name = PROFILES + profile;
            LockRequest request = new TermsOfLocks(name, own, defaults).request();
            profiles.put(profile, PropertyRule.apply(name, profile, () -> request.group(profile)));
        });
        return new LockProfiles(new TermsOfLocks(DEFAULTS, defaults, defaults).request(), profiles);
    }

    private LockRequest request() {
        set("lease-time", Terms::leaseTime, LockRequest::leaseTime);
        if (isRenewed()) {
            if (value(Terms::renewalInterval) != null) {
                // a margin is not measured by an interval that does not stay
                request = request.withoutRenewal();
            }
            set("drift-margin", Terms::driftMargin, LockRequest::driftMargin);
            set(RENEWAL_INTERVAL, Terms::renewalInterval, LockRequest::renewalInterval);
        } else {
            request = request.withoutRenewal();
            set("drift-margin", Terms::driftMargin, LockRequest::driftMargin);
        }
        set("wait-time", Terms::waitTime, LockRequest::waitTime);
        set("max-hold", Terms::maxHold, LockRequest::maxHold);
        set("hold-at-least", Terms::holdAtLeast, LockRequest::holdAtLeast);
        return request;
    }

    private boolean isRenewed() {
        if (own.renewal() == null) {
            return own.renewalInterval() != null || !Boolean.FALSE.equals(defaults.renewal());
        }
        if (!own.renewal() && own.renewalInterval() != null) {
            throw new InvalidConfigurationPropertyValueException(
                    prefix + '.' + RENEWAL_INTERVAL,
                    own.renewalInterval(),
                    "A lease that is not renewed (" + prefix + ".renewal=false) has no renewal interval.");
        }
        return own.renewal();
    }

    private <V> void set(
            String key, Function<Terms, @Nullable V> reader, BiFunction<LockRequest, V, LockRequest> setter) {
        V value = value(reader);
        if (value != null) {
            String from = reader.apply(own) == null ? DEFAULTS : prefix;
            request = PropertyRule.apply(from + '.' + key, value, () -> setter.apply(request, value));
        }
    }

    private <V> @Nullable V value(Function<Terms, @Nullable V> reader) {
        V value = reader.apply(own);
        return value == null ? reader.apply(defaults) : value;
    }
}
