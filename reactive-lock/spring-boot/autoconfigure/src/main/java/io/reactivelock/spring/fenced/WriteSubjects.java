package io.reactivelock.spring.fenced;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.data.repository.core.RepositoryInformation;
import org.springframework.data.repository.query.Param;

/**
 * What a method writes, as far as its arguments say it: entities, or their ids, or whatever its arguments mean. Immutable.
 *
 * @param kind which of these
 * @param index the argument with entities or ids
 * @param parameters the names of all arguments; null where the class file has none
 * @param idProperty the name of the entity's id
 */
record WriteSubjects(Kind kind, int index, List<@Nullable String> parameters, Supplier<String> idProperty) {
    private static final Set<String> BY_ID = Set.of("deleteById", "deleteAllById");

    enum Kind {
        ENTITIES,
        IDS,
        ARGUMENTS
    }

    static WriteSubjects of(Method method, RepositoryInformation information, Supplier<String> idProperty) {
        List<@Nullable String> parameters = parameters(method);
        if (BY_ID.contains(method.getName()) && method.getParameterCount() == 1) {
            return new WriteSubjects(Kind.IDS, 0, parameters, idProperty);
        }
        for (int i = 0; i < method.getParameterCount(); i++) {
            ResolvableType type = ResolvableType.forMethodParameter(method, i, information.getRepositoryInterface());
            if (information.getDomainType().isAssignableFrom(element(type))) {
                return new WriteSubjects(Kind.ENTITIES, i, parameters, idProperty);
            }
        }
        return new WriteSubjects(Kind.ARGUMENTS, 0, parameters, idProperty);
    }

    private static Class<?> element(ResolvableType type) {
        for (Class<?> container : List.of(Iterable.class, Publisher.class)) {
            ResolvableType as = type.as(container);
            if (as.hasGenerics()) {
                return as.getGeneric(0).resolve(Object.class);
            }
        }
        return type.resolve(Object.class);
    }

    private static List<@Nullable String> parameters(Method method) {
        @Nullable String[] discovered = new DefaultParameterNameDiscoverer().getParameterNames(method);
        List<@Nullable String> names = new ArrayList<>();
        for (int i = 0; i < method.getParameterCount(); i++) {
            Param named = AnnotatedElementUtils.findMergedAnnotation(method.getParameters()[i], Param.class);
            names.add(named != null ? named.value() : discovered != null ? discovered[i] : null);
        }
        return names;
    }

    /**
     * @throws IllegalStateException if an expression could not name an argument
     */
    void requireNames(String method) {
        if (kind == Kind.ARGUMENTS && parameters.stream().anyMatch(Objects::isNull)) {
            throw new IllegalStateException("@Fenced needs the names of the parameters of " + method
                    + ": compile with -parameters, or name them with @Param");
        }
    }

    /** The type of the argument with entities or ids, where there is one. */
    Optional<Class<?>> type(Method method) {
        return kind == Kind.ARGUMENTS ? Optional.empty() : Optional.of(method.getParameterTypes()[index]);
    }

    /** The arguments by name. */
    Map<String, @Nullable Object> variables(@Nullable Object[] arguments) {
        Map<String, @Nullable Object> variables = new HashMap<>();
        for (int i = 0; i < arguments.length; i++) {
            String name = parameters.get(i);
            if (name != null) {
                variables.put(name, arguments[i]);
            }
        }
        return variables;
    }

    /** What the expressions are evaluated over, one after the other. */
    List<Object> roots(@Nullable Object[] arguments, Map<String, @Nullable Object> variables) {
        return switch (kind) {
            case ENTITIES -> elements(arguments[index]).toList();
            case IDS ->
                elements(arguments[index])
                        .<Object>map(id -> Map.of(idProperty.get(), id))
                        .toList();
            case ARGUMENTS -> List.of(variables);
        };
    }

    /** None for null, which the repository itself refuses. */
    private static Stream<Object> elements(@Nullable Object argument) {
        return argument instanceof Iterable<?> several
                ? StreamSupport.stream(several.spliterator(), false).map(Objects::requireNonNull)
                : Stream.ofNullable(argument);
    }
}
