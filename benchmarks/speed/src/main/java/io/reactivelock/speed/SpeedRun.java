package io.reactivelock.speed;

import io.reactivelock.speed.adapter.AdapterQuestion;
import io.reactivelock.speed.cancel.CancelQuestion;
import io.reactivelock.speed.fenced.FencedQuestion;
import io.reactivelock.speed.freecycle.FreeCycleQuestion;
import io.reactivelock.speed.handoff.HandOffQuestion;
import io.reactivelock.speed.harness.Bench;
import io.reactivelock.speed.harness.BenchmarkException;
import io.reactivelock.speed.harness.Question;
import io.reactivelock.speed.harness.QuestionResult;
import io.reactivelock.speed.harness.SpeedPlan;
import io.reactivelock.speed.hotkey.HotKeyQuestion;
import io.reactivelock.speed.renewal.RenewalQuestion;
import io.reactivelock.speed.spring.SpringQuestion;
import io.reactivelock.testservers.RedisServer;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.logging.LogManager;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command. Exit code 0: everything was measured; 2: the run failed, and one sentence tells why. */
@Command(
        name = "benchmarks/speed/run",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Measures Reactive Lock beside bare Lettuce, Redisson, Spring Integration and ShedLock. Starts its own servers on free"
                    + " ports, and stops them.",
            "Writes JMH's raw JSON, a table in Markdown and charts in SVG. A missed goal does not change the exit code."
        },
        exitCodeListHeading = "%nExit code:%n",
        exitCodeList = {"0:all was measured", "2:wrong options, or a measurement failed"})
final class SpeedRun implements Callable<Integer> {
    /** System property with the directory of the module; benchmarks/speed/run sets it. */
    private static final String HOME = "reactivelock.benchmarks.home";

    static final List<Question> QUESTIONS = List.of(
            new FreeCycleQuestion(),
            new HotKeyQuestion(),
            new HandOffQuestion(),
            new RenewalQuestion(),
            new CancelQuestion(),
            new FencedQuestion(),
            new AdapterQuestion(),
            new SpringQuestion());

    private final PrintStream out;
    private final PrintStream err;

    @Option(
            names = "--quick",
            description = "end within five minutes on two cores: fewer leases, shorter runs, fewer peers, no adapters")
    private boolean quick;

    @Option(
            names = "--only",
            paramLabel = "QUESTION",
            description = "measure this question only; may be repeated: ${COMPLETION-CANDIDATES}",
            completionCandidates = Names.class)
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--results",
            paramLabel = "DIRECTORY",
            description = "directory for the results (a new one in benchmarks/speed/results)")
    private Path results = Path.of(
            System.getProperty(HOME, "benchmarks"),
            "results",
            LocalDateTime.now(ZoneId.systemDefault()).format(DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmmss")));

    @Option(names = "--json", description = "print the ratios as one JSON object on the last line")
    private boolean json;

    @Option(names = "--help", usageHelp = true, description = "show this text")
    @SuppressWarnings("unused") // picocli reads it
    private boolean help;

    private SpeedRun(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** For picocli. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Names() {
            super(QUESTIONS.stream().map(Question::name).toList());
        }
    }

    public static void main(String[] args) {
        LogManager.getLogManager().reset(); // keeps the logs of closing libraries out of the result
        System.exit(run(System.out, System.err, args));
    }

    /** Runs the command, and returns its exit code. */
    static int run(PrintStream out, PrintStream err, String... args) {
        return new CommandLine(new SpeedRun(out, err))
                .setOut(new PrintWriter(out, true, Charset.defaultCharset()))
                .setErr(new PrintWriter(err, true, Charset.defaultCharset()))
                .setParameterExceptionHandler(
                        (failure, wrong) -> refuse(err, failure.getMessage() + ". See benchmarks/speed/run --help."))
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    if (failure instanceof BenchmarkException) {
                        return refuse(err, Objects.requireNonNull(failure.getMessage()));
                    }
                    throw failure;
                })
                .execute(args);
    }

    private static int refuse(PrintStream err, String sentence) {
        err.println("benchmarks: " + sentence);
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public Integer call() {
        List<Question> questions = questions();
        SpeedPlan plan = quick ? SpeedPlan.QUICK : SpeedPlan.FULL;
        prepare(results);
        Machine machine = Machine.now();
        try (RedisServer redis = RedisServer.start()) {
            Bench bench = new Bench(plan, redis.uri(), results, step -> err.println("benchmarks: " + step));
            List<QuestionResult> answers =
                    questions.stream().map(question -> ask(question, bench)).toList();
            SpeedReport report = new SpeedReport(plan, machine, redis.description(), answers);
            out.println(report.markdown());
            report.write(results);
            err.println("benchmarks: raw results, table and charts are in " + results);
            if (json) {
                out.println(report.json());
            }
        }
        return CommandLine.ExitCode.OK;
    }

    private static QuestionResult ask(Question question, Bench bench) {
        try {
            return question.answer(bench);
        } catch (BenchmarkException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new BenchmarkException("Could not measure the question '" + question.name() + "': " + e, e);
        }
    }

    private List<Question> questions() {
        for (String name : only) {
            if (QUESTIONS.stream().noneMatch(question -> question.name().equals(name))) {
                throw new BenchmarkException("There is no question '" + name + "'; choose one of "
                        + QUESTIONS.stream().map(Question::name).collect(Collectors.joining(", ")) + ".");
            }
        }
        return QUESTIONS.stream()
                .filter(question -> only.isEmpty() ? !quick || question.isQuick() : only.contains(question.name()))
                .toList();
    }

    private static void prepare(Path results) {
        try {
            Files.createDirectories(results);
        } catch (IOException e) {
            throw new BenchmarkException("The directory " + results + " cannot be written: " + e, e);
        }
    }
}
