package io.reactivelock.spring.locked;

import io.reactivelock.LockRequest;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;
import org.springframework.expression.BeanResolver;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A method with its annotations read and checked: what each call does. */
final class LockedMethod {
    private final ResultType result;
    private final List<MethodLock> locks;
    private final BeanResolver beans;

    /** One annotation. */
    record MethodLock(LockNameTemplate name, LockRequest terms, LockScope scope) {}

    /** One lock of one call. */
    private record CallLock(LockRequest request, LockScope scope) {}

    LockedMethod(ResultType result, List<MethodLock> locks, BeanResolver beans) {
        this.result = result;
        this.locks = locks;
        this.beans = beans;
    }

    Object invoke(ProxyMethodInvocation call) {
        return result.fromPublisher(
                result.isMany()
                        ? Flux.defer(() -> many(locksOf(call), call))
                        : Mono.defer(() -> one(locksOf(call), call)));
    }

    /** In the order of their names, in which every caller takes them, and each once. */
    private List<CallLock> locksOf(ProxyMethodInvocation call) {
        TreeMap<String, CallLock> byName = new TreeMap<>();
        for (MethodLock lock : locks) {
            String name = lock.name().name(call.getThis(), call.getArguments(), beans);
            byName.putIfAbsent(name, new CallLock(lock.terms().name(name), lock.scope()));
        }
        return List.copyOf(byName.values());
    }

    private Mono<Object> one(List<CallLock> left, ProxyMethodInvocation call) {
        if (left.isEmpty()) {
            try {
                return result.one(proceed(call));
            } catch (Throwable e) {
                return Mono.error(e);
            }
        }
        CallLock next = left.get(0);
        return next.scope().one(next.request(), () -> one(left.subList(1, left.size()), call));
    }

    private Flux<Object> many(List<CallLock> left, ProxyMethodInvocation call) {
        if (left.isEmpty()) {
            try {
                return result.many(proceed(call));
            } catch (Throwable e) {
                return Flux.error(e);
            }
        }
        CallLock next = left.get(0);
        return next.scope().many(next.request(), () -> many(left.subList(1, left.size()), call));
    }

    /**
     * A copy for each subscription, since an invocation remembers how far it has come. It is exposed again, as at the beginning of the
     * chain: this is another thread, and advice of AspectJ further in looks for it.
     */
    private static @Nullable Object proceed(ProxyMethodInvocation call) throws Throwable {
        return ExposeInvocationInterceptor.INSTANCE.invoke(call.invocableClone());
    }
}
