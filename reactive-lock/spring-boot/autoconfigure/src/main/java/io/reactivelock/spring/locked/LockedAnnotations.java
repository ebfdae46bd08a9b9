package io.reactivelock.spring.locked;

import io.reactivelock.spring.Locked;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotationPredicates;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** Finds the annotations of a method. Reads nothing else, so that it can be asked while the application is only being compiled. */
final class LockedAnnotations {
    private LockedAnnotations() {}

    static boolean mayBeOn(Class<?> type) {
        return AnnotationUtils.isCandidateClass(type, Locked.class);
    }

    /**
     * The annotations of the method itself or of the nearest one that it overrides; where there are none, those of the type, in case of
     * a public method.
     */
    static List<MergedAnnotation<Locked>> find(Method method, Class<?> targetClass) {
        Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
        List<MergedAnnotation<Locked>> own = nearest(MergedAnnotations.from(specific, SearchStrategy.TYPE_HIERARCHY));
        return own.isEmpty() && isCoveredByType(specific)
                ? nearest(MergedAnnotations.from(ClassUtils.getUserClass(targetClass), SearchStrategy.TYPE_HIERARCHY))
                : own;
    }

    private static boolean isCoveredByType(Method method) {
        int modifiers = method.getModifiers();
        return Modifier.isPublic(modifiers)
                && !Modifier.isStatic(modifiers)
                && !method.isSynthetic()
                && method.getDeclaringClass() != Object.class
                && !ReflectionUtils.isObjectMethod(method);
    }

    /** What overrides an annotated method, and is annotated itself, replaces those annotations. */
    private static List<MergedAnnotation<Locked>> nearest(MergedAnnotations annotations) {
        return annotations.stream(Locked.class)
                .filter(MergedAnnotationPredicates.firstRunOf(MergedAnnotation::getAggregateIndex))
                .toList();
    }
}
