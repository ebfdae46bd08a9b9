package io.reactivelock.spring.locked;

import java.lang.reflect.Method;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.util.ClassUtils;

/** Keeps, in a native image, the annotated methods and what the expressions of their names can read of their parameters. */
final class LockedAotProcessor implements BeanRegistrationAotProcessor {
    private final BindingReflectionHintsRegistrar properties = new BindingReflectionHintsRegistrar();

    @Override
    public @Nullable BeanRegistrationAotContribution processAheadOfTime(RegisteredBean registeredBean) {
        Set<Method> methods = LockedBeanChecker.annotated(ClassUtils.getUserClass(registeredBean.getBeanClass()));
        return methods.isEmpty()
                ? null
                : (generation, code) -> methods.forEach(
                        method -> register(method, generation.getRuntimeHints().reflection()));
    }

    private void register(Method method, ReflectionHints hints) {
        hints.registerMethod(method, ExecutableMode.INVOKE);
        properties.registerReflectionHints(hints, method.getGenericParameterTypes());
    }
}
