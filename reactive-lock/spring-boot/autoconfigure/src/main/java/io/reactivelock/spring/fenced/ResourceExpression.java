package io.reactivelock.spring.fenced;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.Expression;
import org.springframework.expression.ExpressionParser;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.DataBindingPropertyAccessor;
import org.springframework.expression.spel.support.MapAccessor;
import org.springframework.expression.spel.support.SimpleEvaluationContext;

/**
 * Names what a method writes. It reads properties and calls methods of what it is given, and nothing else.
 *
 * @param expression the expression
 * @param method whose it is, for messages
 */
record ResourceExpression(Expression expression, String method) {
    private static final ExpressionParser PARSER = new SpelExpressionParser();

    static ResourceExpression parse(String expression, String method) {
        try {
            return new ResourceExpression(PARSER.parseExpression(expression), method);
        } catch (ParseException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "@Fenced on " + method + ": \"" + expression + "\" is no expression: " + e.getMessage(), e);
        }
    }

    Collection<String> names(Object root, Map<String, @Nullable Object> variables) {
        SimpleEvaluationContext context = SimpleEvaluationContext.forPropertyAccessors(
                        new MapAccessor(false), DataBindingPropertyAccessor.forReadOnlyAccess())
                .withInstanceMethods()
                .build();
        variables.forEach(context::setVariable);
        return names(value(context, root));
    }

    private @Nullable Object value(SimpleEvaluationContext context, Object root) {
        try {
            return expression.getValue(context, root);
        } catch (EvaluationException e) {
            throw new IllegalStateException(
                    "@Fenced on " + method + ": \"" + expression.getExpressionString()
                            + "\" cannot say what is written: " + e.getMessage()
                            + "; give this method a @Fenced of its own, over its arguments",
                    e);
        }
    }

    private Collection<String> names(@Nullable Object value) {
        if (value instanceof String name) {
            return List.of(name);
        }
        Collection<?> several = value instanceof Object[] array
                ? Arrays.asList(array)
                : value instanceof Collection<?> collection ? collection : null;
        if (several == null) {
            throw noName(value);
        }
        return several.stream().map(this::name).toList();
    }

    private String name(@Nullable Object value) {
        if (value instanceof String name) {
            return name;
        }
        throw noName(value);
    }

    private IllegalStateException noName(@Nullable Object value) {
        return new IllegalStateException("@Fenced on " + method + ": \"" + expression.getExpressionString()
                + "\" gives a String or a collection of them, not " + value);
    }
}
