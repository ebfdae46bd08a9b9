package io.reactivelock.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The main class of a worker process. Reads orders from standard input, one per line: an {@link Order}, or {@link #END}, which it
 * answers with a line when all has ended and the history is closed. It ends with its input, so it never outlives its parent.
 */
final class ChaosWorker {
    /** The order to end the span, and the answer that it has ended. */
    static final String END = "end";

    /** Printed when it can take orders. */
    static final String READY = "ready";

    private static final int OPS_OF_A_PROCESS = 40;

    private final WorkerClients clients;
    private final RandomGenerator random;
    private final AtomicLong ops;
    private @Nullable Span span;

    /** The span that runs. */
    private record Span(SpanRun run, History history, Mono<Void> done) {}

    private ChaosWorker(WorkerSetting setting) {
        this.clients = WorkerClients.open(setting);
        this.random = new Random(setting.seed());
        this.ops = new AtomicLong((long) setting.process() << OPS_OF_A_PROCESS);
    }

    public static void main(String[] args) throws IOException {
        Logs.silence();
        ChaosWorker worker = new ChaosWorker(WorkerSetting.read(args[0]));
        System.out.println(READY);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals(END)) {
                worker.end();
            } else {
                worker.begin(Order.read(line));
            }
        }
        // nothing that this process still does could matter to anyone
        Runtime.getRuntime().halt(0);
    }

    private void begin(Order order) {
        History history = History.create(Path.of(order.file()));
        clients.countIn(history);
        SpanRun run = new SpanRun(clients, history, order.span(), random, ops);
        Mono<Void> done = new Load(run).carryOut().cache();
        done.subscribe(ended -> {}, Throwable::printStackTrace);
        span = new Span(run, history, done);
    }

    private void end() {
        Span ending = span;
        if (ending == null) {
            return;
        }
        ending.run.end();
        ending.done.subscribe(done -> {}, Throwable::printStackTrace, () -> {
            ending.history.close();
            System.out.println(END);
        });
    }
}
