package io.reactivelock.spring.locked;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.springframework.aop.ProxyMethodInvocation;

/** Gives the caller something that takes the locks when it is subscribed to. */
final class LockedInterceptor implements MethodInterceptor {
    private final LockedMethods methods;

    LockedInterceptor(LockedMethods methods) {
        this.methods = methods;
    }

    @Override
    public Object invoke(MethodInvocation invocation) {
        if (!(invocation instanceof ProxyMethodInvocation call)) {
            throw new IllegalStateException("no invocation of a Spring proxy: " + invocation);
        }
        Object target = call.getThis();
        Class<?> targetClass = target == null ? call.getMethod().getDeclaringClass() : target.getClass();
        return methods.get(call.getMethod(), targetClass).invoke(call);
    }
}
