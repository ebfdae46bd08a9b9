package io.reactivelock.spring.fenced;

import io.reactivelock.spring.Fenced;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.data.r2dbc.repository.Modifying;
import org.springframework.data.repository.core.RepositoryInformation;

/** The methods of one repository that write under the fence. Immutable. */
final class FencedMethods {
    private static final List<String> PREFIXES = List.of("save", "delete", "remove");

    private final Map<Method, FencedMethod> methods;

    private FencedMethods(Map<Method, FencedMethod> methods) {
        this.methods = methods;
    }

    /**
     * @param idProperty the name of the entity's id, which is known later than this is made
     * @throws IllegalStateException if one of them cannot be fenced
     */
    static FencedMethods of(RepositoryInformation information, Supplier<String> idProperty) {
        Fenced all = ofType(information);
        Map<Method, FencedMethod> methods = new HashMap<>();
        for (Method method : information.getRepositoryInterface().getMethods()) {
            Fenced own = AnnotatedElementUtils.findMergedAnnotation(method, Fenced.class);
            Fenced nearest = own != null ? own : all != null && isWrite(method) ? all : null;
            if (nearest != null) {
                methods.put(method, FencedMethod.of(method, nearest, information, idProperty));
            }
        }
        return new FencedMethods(methods);
    }

    boolean isEmpty() {
        return methods.isEmpty();
    }

    @Nullable
    FencedMethod get(Method method) {
        return methods.get(method);
    }

    private static @Nullable Fenced ofType(RepositoryInformation information) {
        Fenced ofRepository =
                AnnotatedElementUtils.findMergedAnnotation(information.getRepositoryInterface(), Fenced.class);
        return ofRepository != null
                ? ofRepository
                : AnnotatedElementUtils.findMergedAnnotation(information.getDomainType(), Fenced.class);
    }

    private static boolean isWrite(Method method) {
        if (method.isDefault() || Modifier.isStatic(method.getModifiers())) {
            return false;
        }
        return AnnotatedElementUtils.hasAnnotation(method, Modifying.class)
                || PREFIXES.stream().anyMatch(method.getName()::startsWith);
    }
}
