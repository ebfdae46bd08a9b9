package io.reactivelock.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares the expressions of the dashboard and the alerts with what Prometheus gets. */
@DisplayName("The dashboard and the alerts")
class MonitoringTest {
    private static final Path FOLDER = Path.of("../../docs/monitoring");
    private static final Path DASHBOARD = FOLDER.resolve("grafana-dashboard.json");
    private static final Path ALERTS = FOLDER.resolve("prometheus-alerts.yml");

    private static final Pattern SAMPLE = Pattern.compile("^([a-z_]+)(?:\\{(.*)\\})? ", Pattern.MULTILINE);
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");
    private static final Pattern SELECTOR =
            Pattern.compile("((?:reactive_lock|fencing_guard)[a-z_]*)(?:\\{([^}]*)\\})?");
    private static final Pattern MATCHER = Pattern.compile("([a-z_]+)(=~|!=|!~|=)\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("by \\(([^)]*)\\)");
    private static final Pattern ALERT_EXPRESSION = Pattern.compile("^ +expr: (.*)$", Pattern.MULTILINE);

    /** What Prometheus adds to each sample that it scrapes. */
    private static final Set<String> LABELS_OF_THE_SERVER = Set.of("job", "instance");

    /** By name of a series, the values of each of its labels. */
    private static final Map<String, Map<String, Set<String>>> SERIES = new TreeMap<>();

    @BeforeAll
    static void scrape() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        EveryEvent.tell(registry);
        SAMPLE.matcher(registry.scrape()).results().forEach(sample -> {
            Map<String, Set<String>> labels = SERIES.computeIfAbsent(sample.group(1), unseen -> new TreeMap<>());
            if (sample.group(2) != null) {
                LABEL.matcher(sample.group(2))
                        .results()
                        .forEach(label -> labels.computeIfAbsent(label.group(1), unseen -> new TreeSet<>())
                                .add(label.group(2)));
            }
        });
    }

    private static List<String> dashboardExpressions() throws IOException {
        JsonNode dashboard = JsonMapper.shared().readTree(Files.readString(DASHBOARD));
        List<String> expressions = new ArrayList<>();
        for (JsonNode panel : dashboard.required("panels")) {
            for (JsonNode target : panel.required("targets")) {
                expressions.add(target.required("expr").asString());
            }
        }
        for (JsonNode variable : dashboard.required("templating").required("list")) {
            if (variable.required("type").asString().equals("query")) {
                expressions.add(variable.required("query").required("query").asString());
            }
        }
        return expressions;
    }

    private static List<String> alertExpressions() throws IOException {
        return ALERT_EXPRESSION
                .matcher(Files.readString(ALERTS))
                .results()
                .map(expression -> expression.group(1))
                .toList();
    }

    /** What in an expression Prometheus would find nothing for. */
    private static List<String> unknown(String expression) {
        List<String> unknown = new ArrayList<>();
        Set<String> labelsOfAll = new TreeSet<>(LABELS_OF_THE_SERVER);
        for (MatchResult selector : SELECTOR.matcher(expression).results().toList()) {
            Map<String, Set<String>> labels = SERIES.get(selector.group(1));
            if (labels == null) {
                unknown.add("series " + selector.group(1));
                continue;
            }
            labelsOfAll.addAll(labels.keySet());
            if (selector.group(2) != null) {
                MATCHER.matcher(selector.group(2)).results().forEach(matcher -> {
                    String label = matcher.group(1);
                    if (LABELS_OF_THE_SERVER.contains(label)) {
                        return;
                    }
                    if (!labels.containsKey(label)) {
                        unknown.add("label " + label + " of " + selector.group(1));
                    } else if (!matcher.group(3).startsWith("$")) {
                        Stream.of(matcher.group(3).split("\\|"))
                                .filter(value -> !labels.get(label).contains(value))
                                .forEach(value -> unknown.add("value " + value + " of " + label));
                    }
                });
            }
        }
        GROUPING.matcher(expression)
                .results()
                .flatMap(grouping -> Stream.of(grouping.group(1).split(", *")))
                .filter(label -> !labelsOfAll.contains(label))
                .forEach(label -> unknown.add("label " + label));
        return unknown;
    }

    @Test
    @DisplayName("ask for series, labels and values that are there")
    void askForWhatIsThere() throws IOException {
        List<String> expressions = new ArrayList<>(dashboardExpressions());
        expressions.addAll(alertExpressions());

        assertThat(expressions)
                .hasSizeGreaterThan(12)
                .allSatisfy(expression ->
                        assertThat(unknown(expression)).as(expression).isEmpty());
    }

    @Test
    @DisplayName("would be found to ask for what is not there")
    void areSeenToAskForMore() {
        assertThat(unknown(
                        "sum by (job, shop) (rate(reactive_lock_lost_total{reason=\"stolen|taken\",who=\"a\"}[5m]))"))
                .containsExactly("value stolen of reason", "label who of reactive_lock_lost_total", "label shop");
        assertThat(unknown("reactive_lock_lost")).containsExactly("series reactive_lock_lost");
    }

    @Test
    @DisplayName("show every meter")
    void showEveryMeter() throws IOException {
        String dashboard = dashboardExpressions().stream().collect(Collectors.joining("\n"));
        Set<String> shown = SELECTOR.matcher(dashboard)
                .results()
                .map(selector -> selector.group(1))
                .collect(Collectors.toSet());

        assertThat(LockMeterDocumentation.values())
                .allSatisfy(meter -> assertThat(shown)
                        .as(meter.getName())
                        .anyMatch(series -> series.startsWith(meter.getName().replace('.', '_'))));
    }

    @Test
    @DisplayName("warn of long waits, lost leases and refused writes")
    void warnOfThreeThings() throws IOException {
        assertThat(alertExpressions()).hasSize(3);
        assertThat(Files.readString(ALERTS))
                .contains("ReactiveLockWaitTooLong", "ReactiveLockLeaseLost", "FencingGuardStaleWrite");
    }
}
