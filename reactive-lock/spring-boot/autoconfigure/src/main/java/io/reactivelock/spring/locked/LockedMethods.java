package io.reactivelock.spring.locked;

import io.reactivelock.LockClient;
import io.reactivelock.LockRequest;
import io.reactivelock.spring.LockProfiles;
import io.reactivelock.spring.Locked;
import io.reactivelock.spring.locked.LockedMethod.MethodLock;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.ClassUtils;

/**
 * Reads the annotations of methods, checks them, and remembers the result. Looks up what it needs of the application only then: the
 * advisor that knows this object is made before other beans.
 */
final class LockedMethods {
    private static final String GUARD = "io.reactivelock.fencing.FencingGuard";

    private final ConfigurableBeanFactory beans;
    private final Map<MethodClassKey, LockedMethod> methods = new ConcurrentHashMap<>();

    LockedMethods(ConfigurableBeanFactory beans) {
        this.beans = beans;
    }

    /**
     * @param method a method with annotations
     * @param targetClass the class of the bean
     * @throws InvalidLockedException if they cannot be obeyed
     */
    LockedMethod get(Method method, Class<?> targetClass) {
        MethodClassKey key = new MethodClassKey(method, targetClass);
        LockedMethod known = methods.get(key);
        if (known != null) {
            return known;
        }
        // not within computeIfAbsent, for the beans that are looked up may have such methods, too
        LockedMethod read = read(AopUtils.getMostSpecificMethod(method, targetClass), targetClass);
        LockedMethod earlier = methods.putIfAbsent(key, read);
        return earlier == null ? read : earlier;
    }

    private LockedMethod read(Method method, Class<?> targetClass) {
        ResultType result = null;
        List<MethodLock> locks = new ArrayList<>();
        for (MergedAnnotation<Locked> annotation : LockedAnnotations.find(method, targetClass)) {
            result = resultType(annotation, method);
            locks.add(lock(annotation, method));
        }
        return new LockedMethod(
                Objects.requireNonNull(result, "a method without annotations"), locks, new BeanFactoryResolver(beans));
    }

    private static ResultType resultType(MergedAnnotation<Locked> annotation, Method method) {
        try {
            if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
                throw new IllegalArgumentException("a private or static method cannot be intercepted");
            }
            ResultType result = ResultType.of(method);
            if (annotation.getEnum("onBusy", Locked.OnBusy.class) == Locked.OnBusy.SKIP && !result.mayBeEmpty()) {
                throw new IllegalArgumentException("onBusy = SKIP ends empty, and "
                        + method.getReturnType().getName() + " cannot be empty");
            }
            return result;
        } catch (IllegalArgumentException e) {
            throw InvalidLockedException.of(
                    annotation,
                    method,
                    e,
                    "Return a Mono or a Flux from a method that callers reach through the bean, or use LockClient.withLock.");
        }
    }

    private MethodLock lock(MergedAnnotation<Locked> annotation, Method method) {
        LockNameTemplate name = name(annotation, method);
        try {
            LockedTerms terms = new LockedTerms(annotation, beans);
            LockClient locks = locks();
            LockRequest request = terms.request(beans.getBeanProvider(LockProfiles.class)
                    .getIfAvailable(() -> new LockProfiles(LockRequest.of("defaults"), Map.of())));
            request = name.constant().map(request::name).orElse(request);
            // nothing is sent before a subscription; what the backend cannot keep is refused here
            Objects.requireNonNull(locks.tryAcquire(request));
            return new MethodLock(name, request, scope(annotation, locks));
        } catch (IllegalArgumentException | NoUniqueBeanDefinitionException e) {
            throw InvalidLockedException.of(
                    annotation, method, e, "Correct the annotation, or the property or bean that it needs.");
        }
    }

    private LockNameTemplate name(MergedAnnotation<Locked> annotation, Method method) {
        // where an interface has the annotation, its names of the parameters count
        Method annotated = annotation.getSource() instanceof Method source ? source : method;
        try {
            return LockNameTemplate.parse(LockedTerms.resolved(annotation.getString("name"), beans), annotated);
        } catch (IllegalArgumentException e) {
            throw InvalidLockedException.of(
                    annotation,
                    method,
                    e,
                    "Write the lock name as a text, with #{...} around what is computed, as in \"item:#{#id}\".");
        }
    }

    private LockClient locks() {
        LockClient locks = beans.getBeanProvider(LockClient.class).getIfAvailable();
        if (locks == null) {
            throw new IllegalArgumentException("there is no LockClient bean");
        }
        return locks;
    }

    private LockScope scope(MergedAnnotation<Locked> annotation, LockClient client) {
        LockClient locks = switch (annotation.getEnum("onBusy", Locked.OnBusy.class)) {
            case WAIT -> client;
            case SKIP -> SingleTryLockClient.skipping(client);
            case FAIL -> SingleTryLockClient.failing(client);
        };
        Locked.Fencing fenced = annotation.getEnum("fenced", Locked.Fencing.class);
        if (fenced == Locked.Fencing.FALSE) {
            return LockScope.of(locks);
        }
        boolean onClassPath = ClassUtils.isPresent(GUARD, beans.getBeanClassLoader());
        LockScope guarded = onClassPath ? GuardedScope.find(beans, locks) : null;
        if (guarded == null && fenced == Locked.Fencing.TRUE) {
            throw new IllegalArgumentException("fenced = TRUE needs a FencingGuard bean, and there is none");
        }
        return guarded == null ? LockScope.of(locks) : guarded;
    }
}
