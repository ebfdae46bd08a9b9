package io.reactivelock.speed.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs JMH: every subject in a JVM of its own, the subjects of a benchmark one right after the other. */
public final class Jmh {
    /** The flags of every JVM that measures. */
    public static final List<String> JVM_FLAGS = List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC");

    private static final String SERVER = "reactivelock.benchmarks.server";

    private Jmh() {}

    /** In a JVM that measures: the address of the server. */
    public static String server() {
        String address = System.getProperty(SERVER);
        if (address == null) {
            throw new BenchmarkException("This benchmark is started by benchmarks/speed/run, which starts its server.");
        }
        return address;
    }

    /**
     * Measures the benchmarks of a class for some values of a parameter.
     *
     * @param bench where and how long
     * @param benchmark the class
     * @param server the address for {@link #server()}
     * @param parameter the parameter that tells the subjects apart
     * @param values its values
     * @return the scores
     */
    public static Scores run(
            Bench bench,
            Class<?> benchmark,
            String method,
            String server,
            String parameter,
            List<? extends Enum<?>> values) {
        SpeedPlan plan = bench.plan();
        Scores scores = new Scores(parameter);
        List<String> order = new ArrayList<>(values.stream().map(Enum::name).toList());
        for (int round = 1; round <= plan.rounds(); round++) {
            String run = benchmark.getSimpleName() + "-" + method + "-" + round;
            bench.progress().accept(run);
            Path log = bench.results().resolve(run + ".log");
            OptionsBuilder options = new OptionsBuilder();
            options.include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
                    .param(parameter, order.toArray(String[]::new))
                    .forks(1)
                    .warmupIterations(plan.warmUps())
                    .warmupTime(TimeValue.milliseconds(plan.iteration().toMillis()))
                    .measurementIterations(plan.measurements())
                    .measurementTime(TimeValue.milliseconds(plan.iteration().toMillis()))
                    .shouldFailOnError(true)
                    .addProfiler(GCProfiler.class)
                    .jvmArgs(JVM_FLAGS.toArray(String[]::new))
                    .jvmArgsAppend("-D" + SERVER + "=" + server)
                    .resultFormat(ResultFormatType.JSON)
                    .result(bench.results().resolve(run + ".json").toString())
                    .output(log.toString());
            scores.add(run(options, run, log));
            Collections.reverse(order);
        }
        return scores;
    }

    private static Collection<RunResult> run(OptionsBuilder options, String run, Path log) {
        try {
            return new Runner(options.build()).run();
        } catch (RunnerException e) {
            throw new BenchmarkException("JMH failed in " + run + ": " + e.getMessage() + " Its log is " + log, e);
        }
    }
}
