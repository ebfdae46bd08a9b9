package io.reactivelock.spring.locked;

import io.reactivelock.LockRequest;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.spring.Locked;
import java.time.Duration;
import java.util.Optional;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.annotation.MergedAnnotation;

/** The terms on which an annotation takes its lock: those of its profile, and what it says itself. */
final class LockedTerms {
    private static final int MAX_GROUP = 100;

    /** A name to try the terms on. */
    private static final String ANY = "any";

    private final MergedAnnotation<Locked> annotation;
    private final ConfigurableBeanFactory properties;

    LockedTerms(MergedAnnotation<Locked> annotation, ConfigurableBeanFactory properties) {
        this.annotation = annotation;
        this.properties = properties;
    }

    /** The text with the values of its properties. A property that does not exist is an {@link IllegalArgumentException}. */
    static String resolved(String text, ConfigurableBeanFactory properties) {
        String resolved = properties.resolveEmbeddedValue(text);
        return resolved == null ? "" : resolved;
    }

    LockRequest request(LockProfiles profiles) {
        LockRequest terms = withDurations(profileOf(profiles));
        Optional<Duration> waitTime = duration("waitTime");
        if (waitTime.isPresent()) {
            terms = terms.waitTime(waitTime.get());
        }
        Optional<Duration> maxHold = duration("maxHold");
        return maxHold.isPresent() ? terms.maxHold(maxHold.get()) : terms;
    }

    private LockRequest profileOf(LockProfiles profiles) {
        String profile = resolved(annotation.getString("profile"), properties);
        if (!profile.isEmpty()) {
            return profiles.request(profile, ANY);
        }
        String template = annotation.getString("name");
        return profiles.request(ANY).group(template.substring(0, Math.min(template.length(), MAX_GROUP)));
    }

    /** The shortest hold is at most the lease time, after each step: so whichever of them makes room goes first. */
    private LockRequest withDurations(LockRequest terms) {
        Optional<Duration> leaseTime = duration("leaseTime");
        Optional<Duration> holdAtLeast = duration("holdAtLeast");
        LockRequest before = terms;
        boolean longer = leaseTime
                .filter(value -> value.compareTo(before.leaseTime()) >= 0)
                .isPresent();
        LockRequest request = longer ? before.leaseTime(leaseTime.get()) : before;
        if (holdAtLeast.isPresent()) {
            request = request.holdAtLeast(holdAtLeast.get());
        }
        return longer || leaseTime.isEmpty() ? request : request.leaseTime(leaseTime.get());
    }

    private Optional<Duration> duration(String attribute) {
        String text = resolved(annotation.getString(attribute), properties);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(DurationStyle.detectAndParse(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    attribute + " '" + text + "' is no duration; write it as in 500ms, 30s, 5m or PT30S", e);
        }
    }
}
