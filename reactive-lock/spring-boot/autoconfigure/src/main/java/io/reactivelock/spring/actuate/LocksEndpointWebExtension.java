package io.reactivelock.spring.actuate;

import io.reactivelock.spring.actuate.LocksEndpoint.LockDescriptor;
import io.reactivelock.spring.actuate.LocksEndpoint.LocksDescriptor;
import java.util.Set;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/** Decides by the caller whether lock names are shown. */
@EndpointWebExtension(endpoint = LocksEndpoint.class)
final class LocksEndpointWebExtension {
    private final LocksEndpoint endpoint;
    private final LocksEndpointProperties properties;

    LocksEndpointWebExtension(LocksEndpoint endpoint, LocksEndpointProperties properties) {
        this.endpoint = endpoint;
        this.properties = properties;
    }

    @ReadOperation
    LocksDescriptor locks(SecurityContext caller) {
        return endpoint.locks(isShownTo(caller));
    }

    @ReadOperation
    WebEndpointResponse<LockDescriptor> lock(
            SecurityContext caller, @Selector(match = Match.ALL_REMAINING) String... name) {
        LockDescriptor lock = endpoint.lock(LocksEndpoint.name(name), isShownTo(caller));
        return lock == null
                ? new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND)
                : new WebEndpointResponse<>(lock, WebEndpointResponse.STATUS_OK);
    }

    private boolean isShownTo(SecurityContext caller) {
        return properties.showValues().isShown(caller, Set.copyOf(properties.roles()));
    }
}
