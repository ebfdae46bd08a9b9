package io.reactivelock.spring.client;

import java.util.function.Supplier;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** Hands a bound value to the type that knows its rule, and names the property where that refuses it. */
final class PropertyRule {
    private PropertyRule() {}

    /**
     * @param name the property's canonical name
     * @param value what was bound to it
     * @param setter refuses a bad value with the rule in its message
     */
    static <T> T apply(String name, Object value, Supplier<T> setter) {
        try {
            return setter.get();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw broken(name, value, String.valueOf(e.getMessage()), e);
        }
    }

    static InvalidConfigurationPropertyValueException broken(String name, Object value, String rule, Throwable cause) {
        var broken = new InvalidConfigurationPropertyValueException(name, value, sentence(rule));
        broken.initCause(cause);
        return broken;
    }

    private static String sentence(String rule) {
        return Character.toUpperCase(rule.charAt(0)) + rule.substring(1) + (rule.endsWith(".") ? "" : ".");
    }
}
