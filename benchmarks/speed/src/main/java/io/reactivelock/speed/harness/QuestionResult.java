package io.reactivelock.speed.harness;

import io.reactivelock.speed.subject.Subject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The result of one question.
 *
 * @param question the question
 * @param figures the measured numbers, in the order of the table
 * @param values the value of each key of the question
 * @param notes sentences for the reader: which subjects were left out and why, what the numbers count
 */
public record QuestionResult(Question question, List<Figure> figures, Map<Key, Double> values, List<String> notes) {
    /** Copies, and refuses a result that lacks a key of its question. */
    public QuestionResult {
        if (!values.keySet().equals(question.keys())) {
            throw new BenchmarkException("The question '" + question.name() + "' must measure "
                    + Key.names(question.keys()) + ", but measured " + Key.names(values.keySet()) + ".");
        }
        figures = List.copyOf(figures);
        values = Map.copyOf(values);
        notes = List.copyOf(notes);
    }

    /**
     * One number.
     *
     * @param metric what it is, as {@code 64 in flight}
     * @param unit of what, as {@code cycles/s}
     * @param column the subject that it belongs to
     * @param value the number
     */
    public record Figure(String metric, String unit, String column, double value) {}

    /** Collects a result. */
    public static final class Builder {
        private final Question question;
        private final List<Figure> figures = new ArrayList<>();
        private final Map<Key, Double> values = new EnumMap<>(Key.class);
        private final List<String> notes = new ArrayList<>();

        /**
         * Begins a result.
         *
         * @param question the question
         */
        public Builder(Question question) {
            this.question = question;
        }

        /** Adds a number for the table. */
        public Builder figure(String metric, String unit, String column, double value) {
            figures.add(new Figure(metric, unit, column, value));
            return this;
        }

        /** Adds a number of each subject for the table. */
        public Builder figures(String metric, String unit, List<Subject> subjects, ToDoubleFunction<Subject> value) {
            subjects.forEach(subject -> figure(metric, unit, subject.title(), value.applyAsDouble(subject)));
            return this;
        }

        /** Adds the value of a key. */
        public Builder value(Key key, double value) {
            if (!Double.isFinite(value)) {
                throw new BenchmarkException("The value of " + key.json() + " is not a number: " + value + ".");
            }
            values.put(key, value);
            return this;
        }

        /** Adds a sentence. */
        public Builder note(String sentence) {
            notes.add(sentence);
            return this;
        }

        /** Returns the result. */
        public QuestionResult build() {
            return new QuestionResult(question, figures, values, notes);
        }
    }
}
