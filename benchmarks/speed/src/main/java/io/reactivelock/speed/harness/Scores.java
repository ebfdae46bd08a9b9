package io.reactivelock.speed.harness;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/** What JMH measured for the subjects of one benchmark, round by round: of each round the median of its iterations. */
public final class Scores {
    private final String parameter;
    private final List<Score> scores = new ArrayList<>();

    private record Score(String subject, String metric, double value) {}

    Scores(String parameter) {
        this.parameter = parameter;
    }

    void add(Collection<RunResult> round) {
        for (RunResult result : round) {
            BenchmarkParams params = result.getParams();
            String subject = params.getParam(parameter);
            scores.add(new Score(
                    subject, "", result.getPrimaryResult().getStatistics().getPercentile(50)));
            result.getSecondaryResults()
                    .forEach((metric, value) -> scores.add(new Score(subject, metric, value.getScore())));
        }
    }

    /** Returns the median of a subject's scores over the rounds. */
    public double of(Enum<?> subject) {
        return Ratios.median(rounds(subject, ""));
    }

    /**
     * Returns the median of another metric over the rounds.
     *
     * @param subject whose
     * @param metric the name that JMH gives it
     */
    public double of(Enum<?> subject, String metric) {
        return Ratios.median(rounds(subject, metric));
    }

    /** Returns the median over the rounds of the ratio of two subjects' scores in the same round. */
    public double ratio(Enum<?> subject, Enum<?> other) {
        return Ratios.medianRatio(rounds(subject, ""), rounds(other, ""));
    }

    private List<Double> rounds(Enum<?> subject, String metric) {
        List<Double> values = scores.stream()
                .filter(score ->
                        score.subject().equals(subject.name()) && score.metric().equals(metric))
                .map(Score::value)
                .toList();
        if (values.isEmpty()) {
            throw new BenchmarkException(
                    "JMH gave no " + (metric.isEmpty() ? "score" : metric) + " for " + subject + ".");
        }
        return values;
    }
}
