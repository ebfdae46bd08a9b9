package io.reactivelock.spring.locked;

import java.lang.reflect.Method;
import org.springframework.aop.support.StaticMethodMatcherPointcut;

/** The methods that have annotations. Says nothing about them, since it is also asked while an application is being compiled. */
final class LockedPointcut extends StaticMethodMatcherPointcut {
    LockedPointcut() {
        setClassFilter(LockedAnnotations::mayBeOn);
    }

    @Override
    public boolean matches(Method method, Class<?> targetClass) {
        return !LockedAnnotations.find(method, targetClass).isEmpty();
    }
}
