package io.reactivelock.demo;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.logging.LogManager;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;

/** The command. Exit code 0: lock and guard let nothing wrong through; 1: they did; 2: the demo could not be run. */
@Command(
        name = "demo",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Sells the same stock three ways - with no lock, with the lock alone, with lock and guard - in processes that are"
                    + " stopped in the middle of a sale for longer than their lease, and shows what came of it.",
            "Without --redis and --postgres it starts servers of its own on free ports, and ends them."
        },
        exitCodeListHeading = "%nExit code:%n",
        exitCodeList = {
            "0:lock and guard let nothing wrong through, though stale writes were tried",
            "1:they did, or no stale write was tried",
            "2:wrong options, or a server that cannot be used"
        })
final class Demo implements Callable<Integer> {
    private final PrintStream out;
    private final PrintStream err;
    private final Resources resources;

    @Option(names = "--redis", paramLabel = "URI", description = "take this Redis, as in redis://host:6379")
    private @Nullable String redis;

    @Option(
            names = "--postgres",
            paramLabel = "URL",
            description =
                    "take this PostgreSQL, as in r2dbc:postgresql://user:password@host:5432/database; the demo creates a"
                            + " schema of its own there, and drops it")
    private @Nullable String postgres;

    @Option(names = "--processes", paramLabel = "N", defaultValue = "3", description = "how many processes sell (3)")
    private int processes;

    @Option(names = "--buyers", paramLabel = "N", defaultValue = "900", description = "how many buyers come (900)")
    private int buyers;

    @Option(names = "--stock", paramLabel = "N", defaultValue = "300", description = "how many units there are (300)")
    private int stock;

    @Option(
            names = "--items",
            paramLabel = "N",
            defaultValue = "10",
            description = "how many items the units belong to (10)")
    private int items;

    @Option(
            names = "--pauses",
            paramLabel = "N",
            description = "how often a process is stopped in each mode (3, or as many as there are items)")
    private @Nullable Integer pauses;

    @Option(
            names = "--lease",
            paramLabel = "MILLIS",
            defaultValue = "1000",
            description = "the lease time; a pause is half as long again (1000)")
    private long leaseMillis;

    @Option(names = "--json", description = "print the result as one JSON object, in the last line")
    private boolean json;

    @Option(names = "--help", usageHelp = true, description = "show this text")
    @SuppressWarnings("unused") // picocli reads it
    private boolean help;

    private Demo(PrintStream out, PrintStream err, Resources resources) {
        this.out = out;
        this.err = err;
        this.resources = resources;
    }

    public static void main(String[] args) {
        silenceLogs();
        System.exit(run(System.out, System.err, args));
    }

    /** What libraries log, as that a server is gone, the demo says itself. Netty takes the JDK's logging where it finds no other. */
    static void silenceLogs() {
        LogManager.getLogManager().reset();
    }

    /** Runs the command, and returns its exit code. */
    static int run(PrintStream out, PrintStream err, String... args) {
        try (Resources resources = Resources.closedWithJvm(sentence -> refuse(err, sentence))) {
            CommandLine command = new CommandLine(new Demo(out, err, resources))
                    .setOut(new PrintWriter(out, true, Charset.defaultCharset()))
                    .setErr(new PrintWriter(err, true, Charset.defaultCharset()))
                    .setParameterExceptionHandler(
                            (failure, wrong) -> refuse(err, failure.getMessage() + ". See ./demo --help."))
                    .setExecutionExceptionHandler((failure, line, parsed) ->
                            resources.isEndOfJvm() ? CommandLine.ExitCode.USAGE : refuse(err, sentence(failure)));
            return command.execute(args);
        } catch (DemoException notClosed) {
            return refuse(err, DemoFailures.sentence(notClosed));
        }
    }

    private static String sentence(Exception failure) throws Exception {
        if (DemoFailures.areTold(failure)) {
            return DemoFailures.sentence(failure);
        }
        throw failure;
    }

    private static int refuse(PrintStream err, String sentence) {
        err.println("demo: " + sentence);
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public Integer call() {
        DemoPlan plan = new DemoPlan(
                processes,
                buyers,
                stock,
                items,
                pauses == null ? Math.min(3, items) : pauses,
                Duration.ofMillis(leaseMillis));
        DemoServers servers = DemoServers.open(redis, postgres, resources);
        out.println("Servers: " + servers.redis() + "; " + servers.postgres());
        out.printf(
                "%d processes sell %d units of %d items to %d buyers; %d times in each mode a process is stopped for longer than"
                        + " its lease of %d ms.%n%n",
                plan.processes(),
                plan.stock(),
                plan.items(),
                plan.buyers(),
                plan.pauses(),
                plan.lease().toMillis());
        DemoReport report = sell(plan, servers);
        out.println(report.table());
        out.println(report.legend());
        out.println();
        out.println(report.conclusion());
        if (json) {
            out.println(report.json());
        }
        return report.isExact() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private DemoReport sell(DemoPlan plan, DemoServers servers) {
        Progress progress = new Progress(err, Boolean.getBoolean("reactivelock.demo.terminal"));
        List<DemoWorkerProcess> workers = IntStream.rangeClosed(1, plan.processes())
                .mapToObj(number -> resources.open(() -> DemoWorkerProcess.start(number)))
                .toList();
        try {
            return Objects.requireNonNull(Flux.fromArray(DemoMode.values())
                    .concatMap(mode ->
                            new ModeRun(plan, mode, workers, progress).run(servers.database(), servers.setting()))
                    .collectList()
                    .map(results -> new DemoReport(servers.redis(), servers.postgres(), results))
                    .block());
        } finally {
            progress.clear();
        }
    }
}
