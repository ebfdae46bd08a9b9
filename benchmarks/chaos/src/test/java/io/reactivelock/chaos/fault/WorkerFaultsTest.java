package io.reactivelock.chaos.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class WorkerFaultsTest {
    private static final Longest LONGEST = new Longest(true);

    private final Echo echo = new Echo();

    /** A process that says each line again. */
    private static final class Echo implements WorkerTarget {
        volatile Process process = start();

        private static Process start() {
            try {
                return new ProcessBuilder("cat").start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public OptionalLong pid() {
            return process.isAlive() ? OptionalLong.of(process.pid()) : OptionalLong.empty();
        }

        @Override
        public Mono<Void> restart() {
            return Mono.fromFuture(process.onExit())
                    .doOnNext(ended -> process = start())
                    .then();
        }

        /** Waits until the process says the line again. */
        String say(String line) {
            try {
                process.outputWriter().write(line + "\n");
                process.outputWriter().flush();
                return new BufferedReader(process.inputReader(), 1).readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @AfterEach
    void close() {
        echo.process.destroyForcibly();
    }

    private Fault fault(String kind) {
        return WorkerFaults.of(List.of(echo)).stream()
                .filter(fault -> fault.kind().equals(kind))
                .findAny()
                .orElseThrow();
    }

    @Test
    void stopsAWorkerForLongerThanALease() {
        Mono<String> call = Mono.fromCallable(() -> echo.say("here")).subscribeOn(Schedulers.boundedElastic());
        assertThat(fault("worker SIGSTOP").relaxed()).containsExactly(RelaxedGuarantee.PROMPT_HOLDERS);
        assertThat(TestServers.longestCallDuring(fault("worker SIGSTOP").inject(LONGEST), call))
                .hasSeconds(3);
    }

    @Test
    void killsAWorkerAndStartsAnother() {
        Process first = echo.process;
        fault("worker kill -9").inject(LONGEST).block(TestServers.PATIENCE);
        assertThat(first.isAlive()).isFalse();
        assertThat(first.exitValue()).isEqualTo(128 + 9);
        assertThat(echo.say("here")).isEqualTo("here");
    }

    @Test
    void sparesAWorkerThatIsDownOrHasItsTurn() {
        Fault stop = fault("worker SIGSTOP");
        Mono<Void> first = stop.inject(new SplittableRandom(1)).cache();
        first.subscribe();
        assertThatThrownBy(() -> stop.inject(new SplittableRandom(1)).block(TestServers.PATIENCE))
                .isInstanceOf(NotInjectedException.class)
                .hasMessage("another fault is harming the worker");
        first.block(TestServers.PATIENCE);

        echo.process.destroyForcibly().onExit().join();
        assertThatThrownBy(() -> fault("worker kill -9").inject(LONGEST).block(TestServers.PATIENCE))
                .isInstanceOf(NotInjectedException.class)
                .hasMessage("the worker is down");
    }
}
