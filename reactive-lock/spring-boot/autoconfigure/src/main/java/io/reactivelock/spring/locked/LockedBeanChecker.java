package io.reactivelock.spring.locked;

import io.reactivelock.spring.Locked;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.ClassUtils;

/** Stops the application at the first bean with an annotation that cannot be obeyed, rather than at the first call. */
final class LockedBeanChecker implements BeanPostProcessor {
    private final LockedMethods methods;
    private final Set<Class<?>> checked = ConcurrentHashMap.newKeySet();

    LockedBeanChecker(LockedMethods methods) {
        this.methods = methods;
    }

    @Override
    public Object postProcessBeforeInitialization(Object bean, String beanName) {
        check(bean, bean.getClass());
        return bean;
    }

    /** Here come what a factory bean has made, and what became a subclass, which overrides no final method. */
    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        Class<?> type = bean.getClass();
        check(bean, type);
        if (AopUtils.isCglibProxy(bean)) {
            refuseFinal(ClassUtils.getUserClass(type));
        }
        return bean;
    }

    private void check(Object bean, Class<?> type) {
        Class<?> userClass = ClassUtils.getUserClass(type);
        if (bean instanceof AopInfrastructureBean || !LockedAnnotations.mayBeOn(userClass) || !checked.add(userClass)) {
            return;
        }
        for (Method method : annotated(userClass)) {
            methods.get(method, userClass);
        }
    }

    private static void refuseFinal(Class<?> userClass) {
        for (Method method : annotated(userClass)) {
            if (Modifier.isFinal(method.getModifiers())) {
                List<MergedAnnotation<Locked>> annotations = LockedAnnotations.find(method, userClass);
                throw InvalidLockedException.of(
                        annotations.get(0),
                        method,
                        new IllegalArgumentException("a final method cannot be intercepted by a subclass"),
                        "Make it open, or call it through an interface with spring.aop.proxy-target-class=false.");
            }
        }
    }

    static Set<Method> annotated(Class<?> userClass) {
        return LockedAnnotations.mayBeOn(userClass)
                ? MethodIntrospector.selectMethods(
                        userClass,
                        (Method method) ->
                                !LockedAnnotations.find(method, userClass).isEmpty())
                : Collections.emptySet();
    }
}
