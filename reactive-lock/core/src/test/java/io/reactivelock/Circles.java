package io.reactivelock;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Classes that depend on each other in a circle, nested classes counted as part of theirs (Tarjan's strongly connected components). */
final class Circles {
    private final Map<String, Set<String>> needs = new HashMap<>();
    private final Map<String, Integer> index = new HashMap<>();
    private final Map<String, Integer> low = new HashMap<>();
    private final Deque<String> stack = new ArrayDeque<>();
    private final Set<Set<String>> found = new LinkedHashSet<>();

    private Circles(Map<String, Set<String>> needs) {
        this.needs.putAll(needs);
    }

    /** The circles of more than one class. */
    static List<Set<String>> of(JavaClasses classes) {
        Map<String, Set<String>> needs = new HashMap<>();
        for (JavaClass each : classes) {
            Set<String> of = needs.computeIfAbsent(topLevel(each), name -> new TreeSet<>());
            targets(each)
                    .filter(classes::contain)
                    .map(it -> topLevel(classes.get(it)))
                    .forEach(of::add);
        }
        return in(needs);
    }

    static List<Set<String>> in(Map<String, Set<String>> needs) {
        Circles circles = new Circles(needs);
        needs.keySet().stream().sorted().forEach(name -> {
            if (!circles.index.containsKey(name)) {
                circles.visit(name);
            }
        });
        return List.copyOf(circles.found);
    }

    private static Stream<String> targets(JavaClass from) {
        return from.getDirectDependenciesFromSelf().stream()
                .map(Dependency::getTargetClass)
                .map(JavaClass::getName);
    }

    private static String topLevel(JavaClass type) {
        JavaClass outer = type;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer.getSimpleName();
    }

    private void visit(String name) {
        int own = index.size();
        index.put(name, own);
        low.put(name, own);
        stack.push(name);
        for (String need : needs.getOrDefault(name, Set.of())) {
            if (!index.containsKey(need)) {
                visit(need);
                low.merge(name, number(low, need), Math::min);
            } else if (stack.contains(need)) {
                low.merge(name, number(index, need), Math::min);
            }
        }
        if (number(low, name) == own) {
            Set<String> circle = new TreeSet<>();
            String last;
            do {
                last = stack.pop();
                circle.add(last);
            } while (!last.equals(name));
            if (circle.size() > 1) {
                found.add(circle);
            }
        }
    }

    private static int number(Map<String, Integer> of, String name) {
        return Objects.requireNonNull(of.get(name));
    }
}
