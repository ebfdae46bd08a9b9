package io.reactivelock.speed.harness;

import java.util.List;
import java.util.stream.IntStream;

/** Arithmetic on what was measured. A number that is none, or none to divide by, ends the run. */
public final class Ratios {
    private Ratios() {}

    /**
     * Divides.
     *
     * @param value what was measured
     * @param base what it is compared with
     */
    public static double ratio(double value, double base) {
        if (!Double.isFinite(value) || !Double.isFinite(base) || base <= 0 || value < 0) {
            throw new BenchmarkException("There is no ratio of " + value + " to " + base + ".");
        }
        return value / base;
    }

    /** Returns the middle, or the mean of the two in the middle. */
    public static double median(List<Double> values) {
        if (values.isEmpty()) {
            throw new BenchmarkException("Nothing was measured.");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /**
     * Returns the median of the ratios of each round.
     *
     * @param values one for each round
     * @param bases one for each round
     */
    public static double medianRatio(List<Double> values, List<Double> bases) {
        if (values.size() != bases.size()) {
            throw new BenchmarkException(
                    "There are " + values.size() + " rounds of one subject and " + bases.size() + " of the other.");
        }
        return median(IntStream.range(0, values.size())
                .mapToObj(round -> ratio(values.get(round), bases.get(round)))
                .toList());
    }
}
