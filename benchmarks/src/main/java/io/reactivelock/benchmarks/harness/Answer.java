package io.reactivelock.benchmarks.harness;

import io.reactivelock.benchmarks.subject.Subject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What came of one question.
 *
 * @param question which question it was
 * @param figures what was measured, in the order of the table
 * @param values the values of the keys that the question answers
 * @param notes what the reader has to know: who was left out and why, what the numbers count
 */
public record Answer(Question question, List<Figure> figures, Map<Key, Double> values, List<String> notes) {
    /** Copies. */
    public Answer {
        figures = List.copyOf(figures);
        values = Map.copyOf(values);
        notes = List.copyOf(notes);
    }

    /**
     * One number.
     *
     * @param metric what it is, as {@code 64 in flight}
     * @param unit of what, as {@code cycles/s}
     * @param subject whose it is
     * @param value the number
     */
    public record Figure(String metric, String unit, Subject subject, double value) {}

    /** Collects an answer. */
    public static final class Builder {
        private final Question question;
        private final List<Figure> figures = new ArrayList<>();
        private final Map<Key, Double> values = new EnumMap<>(Key.class);
        private final List<String> notes = new ArrayList<>();

        /**
         * Begins an answer.
         *
         * @param question to which question
         */
        public Builder(Question question) {
            this.question = question;
        }

        /** Adds a number for the table. */
        public Builder figure(String metric, String unit, Subject subject, double value) {
            figures.add(new Figure(metric, unit, subject, value));
            return this;
        }

        /** Adds the value of a key. */
        public Builder value(Key key, double value) {
            values.put(key, value);
            return this;
        }

        /** Adds a sentence. */
        public Builder note(String sentence) {
            notes.add(sentence);
            return this;
        }

        /** Returns the answer. */
        public Answer build() {
            return new Answer(question, figures, values, notes);
        }
    }
}
