package io.reactivelock.spring.locked;

import io.reactivelock.spring.Locked;
import java.lang.reflect.Method;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.ClassUtils;

/** An annotation that cannot be obeyed, with the rule that it breaks and what to do. */
final class InvalidLockedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final String action;

    private InvalidLockedException(String message, String action, Throwable cause) {
        super(message, cause);
        this.action = action;
    }

    static InvalidLockedException of(
            MergedAnnotation<Locked> annotation, Method method, RuntimeException broken, String action) {
        String where = ClassUtils.getQualifiedMethodName(method);
        return new InvalidLockedException(
                "@Locked(\"" + annotation.getString("name") + "\") on " + where + ": " + broken.getMessage(),
                action,
                broken);
    }

    String action() {
        return action;
    }
}
