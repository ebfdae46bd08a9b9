package io.reactivelock.spring.client;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Says why a bean of this library is missing. Comes before Boot's own analyzer, which knows only that it is. */
abstract class MissingBeanFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException>
        implements Ordered {
    private final BeanFactory beans;
    private final Environment environment;
    private final Set<Class<?>> types;

    /**
     * @param types the beans of which this one knows
     */
    MissingBeanFailureAnalyzer(BeanFactory beans, Environment environment, Set<Class<?>> types) {
        this.beans = beans;
        this.environment = environment;
        this.types = types;
    }

    @Override
    public final int getOrder() {
        return 0;
    }

    @Override
    protected final @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause) {
        Class<?> wanted = cause.getBeanType();
        if (wanted == null || !types.contains(wanted)) {
            return null;
        }
        Reason reason = reason();
        return new FailureAnalysis(
                "A bean of type " + wanted.getName() + " is wanted, and there is none: " + reason.description(),
                reason.action(),
                cause);
    }

    /**
     * Why there is none.
     *
     * @param description the end of a sentence
     * @param action what to do
     */
    record Reason(String description, String action) {}

    abstract Reason reason();

    final boolean isOff(String property) {
        return !environment.getProperty(property, Boolean.class, true);
    }

    final boolean hasSeveral(Class<?> type) {
        return beans instanceof ListableBeanFactory listable
                && listable.getBeanNamesForType(type, true, false).length > 1;
    }

    static Reason noPrimary(Class<?> type, String action) {
        return new Reason("there are several beans of type " + type.getName() + ", and none is @Primary.", action);
    }
}
