package io.reactivelock.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The main class of a process of the shop. Obeys its standard input, and ends with it, so it never outlives its parent. */
final class DemoWorker {
    private final PrintStream out;
    private @Nullable Session session;

    private DemoWorker(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) throws IOException {
        Demo.silenceLogs();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        DemoWorker worker = new DemoWorker(new PrintStream(System.out, true, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            worker.obey(JsonLines.read(line, Command.class));
        }
        // nothing that this process still does could matter to anyone
        Runtime.getRuntime().halt(0);
    }

    private void obey(Command command) {
        Mono.defer(() -> carryOut(command))
                .onErrorResume(failure -> Mono.just(new Event.Failed(command.id(), DemoFailures.sentence(failure))))
                .subscribe(this::tell);
    }

    private Mono<Event> carryOut(Command command) {
        if (command instanceof Command.Open open) {
            session = Session.open(open);
            return Mono.just(new Event.Done(open.id()));
        }
        Session current = session;
        if (current == null) {
            return Mono.error(new IllegalStateException("no session is open"));
        }
        if (command instanceof Command.Sell sell) {
            return current.sell(sell, this::tell).thenReturn(new Event.Done(sell.id()));
        }
        if (command instanceof Command.Close close) {
            return current.close().map(tally -> new Event.Closed(close.id(), tally));
        }
        return current.resumed().thenReturn(new Event.Done(command.id()));
    }

    private synchronized void tell(Event event) {
        out.println(JsonLines.line(event));
    }
}
