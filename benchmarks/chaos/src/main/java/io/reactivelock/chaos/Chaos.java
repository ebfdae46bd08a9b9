package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.ChaosTopology;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command. */
@Command(
        name = "run",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Runs processes that write through lock and guard while servers, networks, clocks and the processes"
                        + " themselves fail. Then checks their histories for lost or stale writes.",
        exitCodeListHeading = "%nExit code:%n",
        exitCodeList = {
            "0:no violation was found",
            "1:a violation was found",
            "2:wrong options, or servers that do not start",
            "3:the run is void: it could not have found a violation"
        })
final class Chaos implements Callable<Integer> {
    private static final int VOID = 3;

    private final PrintStream out;
    private final PrintStream err;

    @Option(names = "--minutes", paramLabel = "N", required = true, description = "how long the run takes")
    private int minutes;

    @Option(names = "--seed", paramLabel = "S", description = "seed of all random choices (random)")
    private @Nullable Long seed;

    @Option(names = "--processes", paramLabel = "N", defaultValue = "5", description = "how many worker processes (5)")
    private int processes;

    @Option(
            names = "--topology",
            paramLabel = "T",
            split = ",",
            description = "deployments of Redis, tested one after the other: ${COMPLETION-CANDIDATES} (all)")
    private List<ChaosTopology> topologies = List.of(ChaosTopology.values());

    @Option(
            names = "--min-rate",
            paramLabel = "N",
            defaultValue = "1000",
            description = "the run is void with fewer checked operations per second (1000)")
    private int minRate;

    @Option(
            names = "--min-kinds",
            paramLabel = "N",
            defaultValue = "15",
            description = "the run is void with fewer kinds of faults (15)")
    private int minKinds;

    @Option(names = "--json", description = "print the result as one JSON object on the last line")
    private boolean json;

    @Option(names = "--help", usageHelp = true, description = "show this text")
    @SuppressWarnings("unused") // picocli reads it
    private boolean help;

    private Chaos(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    public static void main(String[] args) {
        Logs.silence();
        System.exit(run(System.out, System.err, args));
    }

    /** Runs the command, and returns its exit code. */
    static int run(PrintStream out, PrintStream err, String... args) {
        return new CommandLine(new Chaos(out, err))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out, true, Charset.defaultCharset()))
                .setErr(new PrintWriter(err, true, Charset.defaultCharset()))
                .setParameterExceptionHandler((failure, wrong) -> refuse(err, failure.getMessage() + ". See --help."))
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    if (failure instanceof ChaosException known) {
                        return refuse(err, String.valueOf(known.getMessage()));
                    }
                    throw failure;
                })
                .execute(args);
    }

    private static int refuse(PrintStream err, String sentence) {
        err.println("chaos: " + sentence);
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public Integer call() {
        ChaosPlan plan = new ChaosPlan(
                Duration.ofMinutes(minutes),
                seed == null ? new Random().nextInt(Integer.MAX_VALUE) : seed,
                processes,
                topologies,
                minRate,
                minKinds);
        err.println("Seed " + plan.seed());
        ChaosReport report =
                Objects.requireNonNull(new Campaign(plan, err::println).run().block());
        out.println(report.text());
        if (json) {
            out.println(report.json());
        }
        if (!report.isClean()) {
            return CommandLine.ExitCode.SOFTWARE;
        }
        return report.isVoid() ? VOID : CommandLine.ExitCode.OK;
    }
}
