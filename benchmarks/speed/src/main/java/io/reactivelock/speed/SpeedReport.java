package io.reactivelock.speed;

import io.reactivelock.speed.harness.BenchmarkException;
import io.reactivelock.speed.harness.Key;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.QuestionResult.Figure;
import io.reactivelock.speed.harness.SpeedPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * The result of a run, for people and for programs.
 *
 * @param plan the size of the run
 * @param machine its state before the run
 * @param server description of the Redis server
 * @param answers one result for each question
 */
record SpeedReport(SpeedPlan plan, Machine machine, String server, List<QuestionResult> answers) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Writes the table and the charts. */
    void write(Path directory) {
        try {
            Files.writeString(directory.resolve("results.md"), markdown());
            Files.writeString(directory.resolve("ratios.json"), json() + "\n");
            Charts.write(answers, directory);
        } catch (IOException e) {
            throw new BenchmarkException("The results cannot be written to " + directory + ": " + e, e);
        }
    }

    /** One object with the values of all measured keys, in the order of {@link Key}. */
    String json() {
        Map<String, Double> object = new LinkedHashMap<>();
        values().forEach((key, value) -> object.put(key.json(), rounded(value)));
        return JSON.writeValueAsString(object);
    }

    String markdown() {
        return Stream.of(Stream.of(head()), Stream.of(goals()), answers.stream().map(SpeedReport::section))
                .flatMap(part -> part)
                .collect(Collectors.joining("\n"));
    }

    private Map<Key, Double> values() {
        Map<Key, Double> values = new EnumMap<>(Key.class);
        answers.forEach(answer -> values.putAll(answer.values()));
        return values;
    }

    private String head() {
        return "Run: " + plan.title() + ". " + server + ". " + machine + "\n";
    }

    private String goals() {
        Map<Key, Double> values = values();
        StringBuilder table = new StringBuilder("| question | goal | measured | reached |\n|---|---|---|---|\n");
        values.forEach((key, value) -> table.append("| ")
                .append(key.title())
                .append(" (`")
                .append(key.json())
                .append("`) | ")
                .append(key.goal())
                .append(" | ")
                .append(number(value))
                .append(" | ")
                .append(key.isReached(values) ? "yes" : "**no**")
                .append(" |\n"));
        return table.toString();
    }

    private static String section(QuestionResult answer) {
        List<String> columns =
                answer.figures().stream().map(Figure::column).distinct().toList();
        StringBuilder section = new StringBuilder("### " + answer.question().title() + "\n\n| | unit |");
        columns.forEach(column -> section.append(' ').append(column).append(" |"));
        section.append("\n|---|---|").append("---|".repeat(columns.size())).append('\n');
        Map<String, List<Figure>> rows = answer.figures().stream()
                .collect(Collectors.groupingBy(
                        figure -> figure.metric() + " | " + figure.unit(), LinkedHashMap::new, Collectors.toList()));
        rows.forEach((row, figures) -> {
            section.append("| ").append(row).append(" |");
            columns.forEach(
                    column -> section.append(' ').append(cell(figures, column)).append(" |"));
            section.append('\n');
        });
        if (!answer.notes().isEmpty()) {
            section.append('\n').append(String.join(" ", answer.notes())).append('\n');
        }
        return section.toString();
    }

    private static String cell(List<Figure> figures, String column) {
        Optional<Figure> figure =
                figures.stream().filter(one -> one.column().equals(column)).findFirst();
        return figure.map(one -> number(one.value())).orElse("-");
    }

    static String number(double value) {
        return String.format(
                Locale.ROOT, Math.abs(value) >= 100 || value == Math.rint(value) ? "%,.0f" : "%.2f", value);
    }

    private static double rounded(double value) {
        return Math.round(value * 1_000) / 1_000.0;
    }
}
