package io.reactivelock.spring.locked;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How the result of a method is subscribed to, and what the caller gets in its place. */
final class ResultType {
    private static final String FLOW = "kotlinx.coroutines.flow.Flow";
    private static final String DEFERRED = "kotlinx.coroutines.Deferred";
    private static final String COROUTINES_TO_REACTOR = "kotlinx.coroutines.reactor.MonoKt";

    private final boolean many;
    private final boolean mayBeEmpty;
    private final @Nullable ReactiveAdapter adapter;

    private ResultType(boolean many, boolean mayBeEmpty, @Nullable ReactiveAdapter adapter) {
        this.many = many;
        this.mayBeEmpty = mayBeEmpty;
        this.adapter = adapter;
    }

    /**
     * @param method the method that is to run under a lock
     * @throws IllegalArgumentException if a lock cannot span what it returns
     */
    static ResultType of(Method method) {
        if (KotlinDetector.isSuspendingFunction(method)) {
            return suspending(method);
        }
        Class<?> type = method.getReturnType();
        ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
        if (adapter == null) {
            throw new IllegalArgumentException("its work is done when it returns " + type.getName()
                    + ", and a lock can span only what is subscribed to later, such as a Mono");
        }
        if (!adapter.getDescriptor().isDeferred()
                || DEFERRED.equals(adapter.getReactiveType().getName())) {
            throw new IllegalArgumentException("its work begins before it returns " + type.getName()
                    + ", cannot be begun again, and knows no Reactor Context for the lease");
        }
        Object replaced = adapter.fromPublisher(adapter.isMultiValue() ? Flux.empty() : Mono.empty());
        if (!type.isInstance(replaced)) {
            throw new IllegalArgumentException("it returns " + type.getName()
                    + ", and what takes the lock in its place is a "
                    + adapter.getReactiveType().getName());
        }
        return new ResultType(adapter.isMultiValue(), adapter.getDescriptor().supportsEmpty(), adapter);
    }

    private static ResultType suspending(Method method) {
        if (!ClassUtils.isPresent(COROUTINES_TO_REACTOR, ResultType.class.getClassLoader())) {
            throw new IllegalArgumentException(
                    "it is a suspending function, which needs kotlinx-coroutines-reactor on the class path");
        }
        boolean flow =
                FLOW.equals(new MethodParameter(method, -1).getParameterType().getName());
        return new ResultType(flow, true, null);
    }

    boolean isMany() {
        return many;
    }

    boolean mayBeEmpty() {
        return mayBeEmpty;
    }

    Mono<Object> one(@Nullable Object result) {
        return Mono.from(publisher(result));
    }

    Flux<Object> many(@Nullable Object result) {
        return Flux.from(publisher(result));
    }

    /** The caller's type. What suspends is left as it is, for the proxy makes it resume the caller. */
    Object fromPublisher(Publisher<Object> publisher) {
        return adapter == null ? publisher : adapter.fromPublisher(publisher);
    }

    @SuppressWarnings("unchecked") // the interceptors of a suspending function return a publisher
    private Publisher<Object> publisher(@Nullable Object result) {
        if (adapter != null) {
            return adapter.toPublisher(result);
        }
        return result == null ? Mono.empty() : (Publisher<Object>) result;
    }
}
