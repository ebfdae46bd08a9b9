package io.reactivelock.chaos.fault;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Sends signals to processes, which need not be children of this one. */
final class ProcessSignals {
    /**
     * Stops the first process, and the others as far as they are there, and lets them go on. It is the shell that waits, so that they go
     * on even if this JVM ends meanwhile.
     */
    private static final String STOP = """
            trap '' INT HUP TERM
            seconds=$1
            shift
            kill -STOP "$1" || exit 1
            kill -STOP "$@"
            sleep "$seconds"
            kill -CONT "$@"
            exit 0
            """;

    private ProcessSignals() {}

    /**
     * Stops processes with SIGSTOP and lets them go on with SIGCONT, in that time even if this is cancelled.
     *
     * @param time for how long
     * @param pid has to be there
     * @param others are stopped with it, if they are there
     * @return completes when they go on
     */
    static Mono<Void> stop(Duration time, long pid, long... others) {
        return Mono.fromCallable(() -> startShell(time, pid, others))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(shell -> Mono.fromFuture(shell.onExit(), true))
                .flatMap(shell -> shell.exitValue() == 0
                        ? Mono.empty()
                        : Mono.error(new NotInjectedException("process " + pid + " is gone")));
    }

    private static Process startShell(Duration time, long pid, long... others) throws IOException {
        String seconds = String.format(Locale.ROOT, "%.3f", time.toMillis() / 1000.0);
        List<String> line = new ArrayList<>(List.of("sh", "-c", STOP, "stop", seconds, Long.toString(pid)));
        LongStream.of(others).mapToObj(Long::toString).forEach(line::add);
        return new ProcessBuilder(line)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
    }

    /** Ends a process with SIGKILL. */
    static void kill(long pid) {
        boolean signalled =
                ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false);
        if (!signalled) {
            throw new NotInjectedException("process " + pid + " is gone");
        }
    }
}
