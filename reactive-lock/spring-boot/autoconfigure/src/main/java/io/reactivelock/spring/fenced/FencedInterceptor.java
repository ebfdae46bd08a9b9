package io.reactivelock.spring.fenced;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.ReactiveAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Stands before what a repository does, and fences what writes. */
final class FencedInterceptor implements MethodInterceptor {
    private final FencedMethods methods;
    private final FencedWrites writes;

    FencedInterceptor(FencedMethods methods, FencedWrites writes) {
        this.methods = methods;
        this.writes = writes;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        FencedMethod method = methods.get(invocation.getMethod());
        if (method == null) {
            return invocation.proceed();
        }
        @Nullable Object[] arguments = invocation.getArguments();
        Publisher<?> fenced = method.isStream(arguments)
                ? collected(method, (ProxyMethodInvocation) invocation)
                : fenced(method, arguments, method.published(invocation.proceed()));
        return method.result().fromPublisher(fenced);
    }

    /** What comes from a publisher is known only when it has come; until then no connection is taken. */
    private Publisher<?> collected(FencedMethod method, ProxyMethodInvocation invocation) {
        Mono<Publisher<?>> known = method.collect(invocation.getArguments()).map(arguments -> {
            MethodInvocation write = invocation.invocableClone(method.streamed(arguments));
            return fenced(method, arguments, proceed(method, write));
        });
        return method.result().isMultiValue() ? known.flatMapMany(it -> it) : known.flatMap(Mono::fromDirect);
    }

    private static Publisher<?> proceed(FencedMethod method, MethodInvocation write) {
        try {
            return method.published(write.proceed());
        } catch (Throwable e) {
            return Flux.error(e);
        }
    }

    private Publisher<?> fenced(FencedMethod method, @Nullable Object[] arguments, Publisher<?> write) {
        ReactiveAdapter result = method.result();
        return result.isMultiValue()
                ? writes.<Object>many(context -> method.tokens(context, arguments), write)
                : writes.<Object>one(context -> method.tokens(context, arguments), write);
    }
}
