package io.reactivelock.micrometer;

import io.micrometer.observation.Observation;
import io.reactivelock.FencingToken;
import io.reactivelock.LockRequest;
import org.jspecify.annotations.Nullable;

/** What a convention or a handler knows of an observation of a lock. As every context, it is not for use by several threads at once. */
public final class LockObservationContext extends Observation.Context {
    /** Before the end. */
    static final String UNKNOWN = "unknown";

    private final LockObservationDocumentation observed;
    private final LockRequest request;
    private volatile String outcome = UNKNOWN;
    private volatile @Nullable FencingToken token;

    LockObservationContext(LockObservationDocumentation observed, LockRequest request) {
        this.observed = observed;
        this.request = request;
    }

    /** {@return whether it is an acquire or a hold} */
    public LockObservationDocumentation getObserved() {
        return observed;
    }

    /** {@return what was asked for, with the lock's name and group} */
    public LockRequest getRequest() {
        return request;
    }

    /** {@return how it ended, {@code unknown} until then} */
    public String getOutcome() {
        return outcome;
    }

    /** {@return the token of the lease, null until there is one} */
    public @Nullable FencingToken getToken() {
        return token;
    }

    void setOutcome(String value) {
        outcome = value;
    }

    void setToken(FencingToken value) {
        token = value;
    }
}
