package io.reactivelock.spring.locked;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.BeanResolver;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.ParserContext;
import org.springframework.expression.common.CompositeStringExpression;
import org.springframework.expression.common.LiteralExpression;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/** The text of a lock name, with what is to be computed in it. */
final class LockNameTemplate {
    private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();
    private static final SpelExpressionParser PARSER = new SpelExpressionParser();
    private static final Pattern VARIABLE = Pattern.compile("#\\w+");
    private static final Set<String> ALWAYS_THERE = Set.of("#root", "#this");

    private final String text;
    private final Method method;
    private final List<Expression> parts;

    private LockNameTemplate(String text, Method method, List<Expression> parts) {
        this.text = text;
        this.method = method;
        this.parts = parts;
    }

    /**
     * @param text what the annotation says, without placeholders
     * @param method the method that has the annotation, after whose parameters the expressions are written
     * @throws IllegalArgumentException if it can be computed for no call
     */
    static LockNameTemplate parse(String text, Method method) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("there is no lock name");
        }
        Expression whole;
        try {
            whole = PARSER.parseExpression(text, ParserContext.TEMPLATE_EXPRESSION);
        } catch (ParseException e) {
            throw new IllegalArgumentException("the lock name cannot be parsed: " + e.getMessage(), e);
        }
        List<Expression> parts = whole instanceof CompositeStringExpression composite
                ? Arrays.asList(composite.getExpressions())
                : List.of(whole);
        LockNameTemplate template = new LockNameTemplate(text, method, parts);
        template.requireParameters();
        return template;
    }

    /** {@return the name that is the same for all calls, or empty where something is to be computed} */
    Optional<String> constant() {
        return parts.stream().allMatch(LiteralExpression.class::isInstance) ? Optional.of(text) : Optional.empty();
    }

    /**
     * Computes the name of one call.
     *
     * @throws IllegalArgumentException if an expression is null
     */
    String name(@Nullable Object target, @Nullable Object[] args, BeanResolver beans) {
        if (constant().isPresent()) {
            return text;
        }
        MethodBasedEvaluationContext context =
                new MethodBasedEvaluationContext(new LockNameRoot(target, method, args), method, args, NAMES);
        context.setBeanResolver(beans);
        StringBuilder name = new StringBuilder();
        for (Expression part : parts) {
            String value = part.getValue(context, String.class);
            if (value == null) {
                throw new IllegalArgumentException(
                        "#{" + part.getExpressionString() + "} in the lock name '" + text + "' is null");
            }
            name.append(value);
        }
        return name.toString();
    }

    private void requireParameters() {
        @Nullable String @Nullable [] names = NAMES.getParameterNames(method);
        Set<String> known = known(names);
        for (Expression part : parts) {
            if (part instanceof SpelExpression expression) {
                List<String> used = new ArrayList<>();
                addVariables(expression.getAST(), used);
                used.removeAll(known);
                used.removeAll(ALWAYS_THERE);
                if (!used.isEmpty()) {
                    throw new IllegalArgumentException(unknown(used.get(0), names, known));
                }
            } else {
                requireNoExpression(part.getExpressionString(), known);
            }
        }
    }

    private Set<String> known(@Nullable String @Nullable [] names) {
        Set<String> known = new TreeSet<>();
        for (int i = 0; i < (names == null ? method.getParameterCount() : names.length); i++) {
            known.add("#p" + i);
            known.add("#a" + i);
            if (names != null && names[i] != null) {
                known.add("#" + names[i]);
            }
        }
        return known;
    }

    private String unknown(String variable, @Nullable String @Nullable [] names, Set<String> known) {
        return names == null && method.getParameterCount() > 0
                ? "the expression names " + variable
                        + ", and the class was compiled without the names of its parameters; compile it with -parameters, or write #p0"
                : "the expression names " + variable + ", and there are only " + known;
    }

    /** A name that looks like an expression, and would be one lock for all. */
    private static void requireNoExpression(String literal, Set<String> known) {
        Matcher variables = VARIABLE.matcher(literal);
        while (variables.find()) {
            if (known.contains(variables.group())) {
                throw new IllegalArgumentException(
                        "'" + variables.group() + "' stands in the text of the name, where it is not computed; write #{"
                                + variables.group() + "}");
            }
        }
    }

    private static void addVariables(SpelNode node, List<String> variables) {
        if (node instanceof VariableReference) {
            variables.add(node.toStringAST());
        }
        for (int i = 0; i < node.getChildCount(); i++) {
            addVariables(node.getChild(i), variables);
        }
    }
}
