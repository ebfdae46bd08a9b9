package io.reactivelock.spring.fenced;

import io.reactivelock.FencingToken;
import io.reactivelock.Lease;
import io.reactivelock.spring.Fenced;
import io.reactivelock.spring.UnfencedWriteException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.data.repository.core.RepositoryInformation;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * A method that writes under the fence.
 *
 * @param name for messages
 * @param result its type of result
 * @param resources the expressions that name what it writes; empty for the name of the innermost lock
 * @param subjects what they are evaluated over
 * @param stream how its entities come, where they come from a publisher
 */
record FencedMethod(
        String name,
        ReactiveAdapter result,
        List<ResourceExpression> resources,
        WriteSubjects subjects,
        Optional<ReactiveAdapter> stream) {

    static FencedMethod of(
            Method method, Fenced fenced, RepositoryInformation information, Supplier<String> idProperty) {
        String name = information.getRepositoryInterface().getSimpleName() + '.' + method.getName();
        List<ResourceExpression> resources = List.of(fenced.resource()).stream()
                .map(expression -> ResourceExpression.parse(expression, name))
                .toList();
        WriteSubjects subjects = WriteSubjects.of(method, information, idProperty);
        if (!resources.isEmpty()) {
            subjects.requireNames(name);
        }
        Optional<ReactiveAdapter> stream =
                resources.isEmpty() ? Optional.empty() : subjects.type(method).map(FencedMethod::adapter);
        return new FencedMethod(name, result(method, name), resources, subjects, stream);
    }

    private static ReactiveAdapter result(Method method, String name) {
        ReactiveAdapter result = KotlinDetector.isSuspendingFunction(method) ? null : adapter(method.getReturnType());
        if (result == null) {
            throw new IllegalStateException(
                    name + " is @Fenced, which needs a method that returns a Mono, a Flux or another "
                            + "reactive type, not " + method.getReturnType().getSimpleName());
        }
        return result;
    }

    private static @Nullable ReactiveAdapter adapter(Class<?> type) {
        return ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
    }

    Publisher<?> published(@Nullable Object result) {
        return this.result.toPublisher(result);
    }

    boolean isStream(@Nullable Object[] arguments) {
        return stream.isPresent() && arguments[subjects.index()] != null;
    }

    /** Waits for what comes from a publisher: the same arguments, with a list. */
    Mono<@Nullable Object[]> collect(@Nullable Object[] arguments) {
        return Flux.from(stream.orElseThrow().toPublisher(arguments[subjects.index()]))
                .collectList()
                .map(list -> with(arguments, list));
    }

    /** The arguments that the method itself takes: a publisher of the list. */
    @Nullable
    Object[] streamed(@Nullable Object[] collected) {
        Object list = collected[subjects.index()];
        return with(collected, stream.orElseThrow().fromPublisher(Flux.fromIterable((List<?>) list)));
    }

    private @Nullable Object[] with(@Nullable Object[] arguments, Object subject) {
        @Nullable Object[] copy = arguments.clone();
        copy[subjects.index()] = subject;
        return copy;
    }

    /**
     * The tokens of what a call writes; none where it writes nothing.
     *
     * @throws UnfencedWriteException if one has no lease
     */
    Map<String, FencingToken> tokens(ContextView context, @Nullable Object[] arguments) {
        if (resources.isEmpty()) {
            Lease lease = Lease.current(context).orElseThrow(() -> unfenced("no lease"));
            return Map.of(lease.name(), lease.token());
        }
        Map<String, FencingToken> tokens = new LinkedHashMap<>();
        for (String resource : names(arguments)) {
            Lease lease =
                    Lease.current(context, resource).orElseThrow(() -> unfenced("no lease of '" + resource + "'"));
            tokens.put(resource, lease.token());
        }
        return tokens;
    }

    private Set<String> names(@Nullable Object[] arguments) {
        Map<String, @Nullable Object> variables = subjects.variables(arguments);
        Set<String> names = new LinkedHashSet<>();
        for (Object root : subjects.roots(arguments, variables)) {
            for (ResourceExpression resource : resources) {
                names.addAll(resource.names(root, variables));
            }
        }
        return names;
    }

    private UnfencedWriteException unfenced(String missing) {
        return new UnfencedWriteException(
                name + " is @Fenced, and there is " + missing
                        + " in the Reactor Context: subscribe to it inside withLock, or in a @Locked method",
                null);
    }
}
