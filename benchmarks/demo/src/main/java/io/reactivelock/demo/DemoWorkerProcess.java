package io.reactivelock.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The parent's side of one {@link DemoWorker}. Safe for use by several threads. */
final class DemoWorkerProcess implements AutoCloseable {
    /** Comes early on the command line, so that a list of processes shows what this is. */
    static final String MARK = "-Dreactivelock.demo.worker=";

    /**
     * Waits for the end of its input, which comes when this JVM closes it, or ends in whatever way. Then continues the process again
     * and again, for the signal that stops it can be late, until that process or this one is ended.
     */
    private static final String CONTINUE =
            "trap '' INT HUP TERM; cat > /dev/null; while kill -CONT \"$1\"; do sleep 1; done";

    /** More than the longest pause, and more than a buyer's wait. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final int number;
    private final Process process;
    private final Writer commands;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, Sinks.Many<Event>> answers = new ConcurrentHashMap<>();
    private volatile @Nullable DemoException ended;
    private volatile boolean closing;

    private DemoWorkerProcess(int number, Process process) {
        this.number = number;
        this.process = process;
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
    }

    /**
     * @param number for people
     */
    static DemoWorkerProcess start(int number) {
        try {
            Process process = new ProcessBuilder(commandLine(number))
                    .redirectError(Redirect.INHERIT)
                    .start();
            DemoWorkerProcess worker = new DemoWorkerProcess(number, process);
            Thread reader = new Thread(worker::readEvents, "worker-" + number);
            reader.setDaemon(true);
            reader.start();
            return worker;
        } catch (IOException e) {
            throw new UncheckedIOException("no process could be started", e);
        }
    }

    private static List<String> commandLine(int number) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                MARK + number,
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        if (Runtime.version().feature() >= 24) {
            line.add("--enable-native-access=ALL-UNNAMED");
        }
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), DemoWorker.class.getName()));
        return line;
    }

    /** The process's number for people. */
    int number() {
        return number;
    }

    long pid() {
        return process.pid();
    }

    /**
     * Sends a command on subscription, and answers with the events that belong to it, up to its end.
     *
     * @param command makes the command of an id
     */
    Flux<Event> tell(LongFunction<Command> command) {
        return Flux.defer(() -> {
            long id = ids.incrementAndGet();
            Sinks.Many<Event> answer = Sinks.many().unicast().onBackpressureBuffer();
            answers.put(id, answer);
            send(command.apply(id));
            DemoException end = ended;
            if (end != null) {
                answer.tryEmitError(end);
            }
            return answer.asFlux()
                    .timeout(
                            PATIENCE,
                            Mono.error(() -> new DemoException("Process " + number + " has said nothing for "
                                    + PATIENCE.toSeconds() + " seconds.")));
        });
    }

    private synchronized void send(Command command) {
        try {
            commands.write(JsonLines.line(command));
            commands.write('\n');
            commands.flush();
        } catch (IOException e) {
            throw new DemoException("Process " + number + " takes no more commands.", e);
        }
    }

    /**
     * Makes ready to let the stopped process go on: on subscription of the result, or when this JVM ends.
     *
     * @return completes when the process goes on
     */
    Mono<Void> prepareResume() {
        Process helper;
        try {
            helper = new ProcessBuilder("sh", "-c", CONTINUE, "continue", Long.toString(process.pid()))
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("a stopped process could not be continued", e);
        }
        return Mono.defer(() -> {
                    endInput(helper);
                    return tell(Command.Resume::new).then();
                })
                .doFinally(end -> helper.destroyForcibly());
    }

    private static void endInput(Process helper) {
        try {
            helper.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException("a stopped process could not be continued", e);
        }
    }

    private void readEvents() {
        try (BufferedReader events = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = events.readLine(); line != null; line = events.readLine()) {
                if (line.startsWith("{")) {
                    dispatch(JsonLines.read(line, Event.class));
                } else {
                    System.err.println(line); // a word of the JVM itself
                }
            }
            end(new DemoException(
                    "Process " + number + " ended before its time, with exit code " + process.waitFor() + "."));
        } catch (IOException e) {
            end(new DemoException("Process " + number + " is out of reach: " + e.getMessage() + ".", e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void dispatch(Event event) {
        Sinks.Many<Event> answer = answers.get(event.id());
        if (answer == null) {
            throw new IllegalStateException("an answer to no command: " + event);
        }
        if (event instanceof Event.Failed failed) {
            end(new DemoException(failed.sentence()));
            return;
        }
        answer.emitNext(event, Sinks.EmitFailureHandler.FAIL_FAST);
        if (event instanceof Event.Done || event instanceof Event.Closed) {
            answers.remove(event.id());
            answer.emitComplete(Sinks.EmitFailureHandler.FAIL_FAST);
        }
    }

    private void end(DemoException why) {
        if (closing) {
            return;
        }
        ended = why;
        answers.values().forEach(answer -> answer.tryEmitError(why));
    }

    /** Ends the process, also one that is stopped. Repeatable. */
    @Override
    public void close() {
        closing = true;
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
