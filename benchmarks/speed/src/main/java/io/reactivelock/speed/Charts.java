package io.reactivelock.speed;

import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.QuestionResult.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Bar charts: one for each question and unit. */
final class Charts {
    private Charts() {}

    static void write(List<QuestionResult> answers, Path directory) throws IOException {
        for (QuestionResult answer : answers) {
            Map<String, List<Figure>> byUnit = answer.figures().stream()
                    .collect(Collectors.groupingBy(Figure::unit, LinkedHashMap::new, Collectors.toList()));
            for (Map.Entry<String, List<Figure>> unit : byUnit.entrySet()) {
                String file = answer.question().name() + "-" + unit.getKey().replaceAll("[^A-Za-z0-9]+", "-") + ".svg";
                ChartEncoder.saveChart(
                        chart(answer.question().title(), unit.getKey(), unit.getValue()),
                        directory.resolve(file).toString(),
                        "svg");
            }
        }
    }

    private static CategoryChart chart(String title, String unit, List<Figure> figures) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(900)
                .height(450)
                .title(title)
                .yAxisTitle(unit)
                .build();
        chart.getStyler().setLabelsVisible(true).setLegendPosition(LegendPosition.OutsideE);
        List<String> metrics = figures.stream().map(Figure::metric).distinct().toList();
        for (String column : figures.stream().map(Figure::column).distinct().toList()) {
            List<@Nullable Double> values = metrics.stream()
                    .<@Nullable Double>map(metric -> value(figures, metric, column))
                    .collect(Collectors.toCollection(java.util.ArrayList::new));
            if (values.stream().anyMatch(value -> value != null)) {
                chart.addSeries(column, metrics, values);
            }
        }
        return chart;
    }

    private static @Nullable Double value(List<Figure> figures, String metric, String column) {
        return figures.stream()
                .filter(figure ->
                        figure.metric().equals(metric) && figure.column().equals(column))
                .map(Figure::value)
                .findFirst()
                .orElse(null);
    }
}
