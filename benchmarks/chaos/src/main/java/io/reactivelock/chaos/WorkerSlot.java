package io.reactivelock.chaos;

import io.reactivelock.chaos.fault.WorkerTarget;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Runs one worker process at a time, and replaces it when it dies. Safe for use by several threads. */
final class WorkerSlot implements WorkerTarget, AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    /** Longer than any wait of a worker. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

    private final Supplier<WorkerSetting> settings;
    private @Nullable ChaosWorkerProcess process;
    private @Nullable Supplier<Order> orders;

    /**
     * @param settings gives each process its own
     */
    WorkerSlot(Supplier<WorkerSetting> settings) {
        this.settings = settings;
    }

    @Override
    public synchronized OptionalLong pid() {
        return process != null && process.isAlive() ? OptionalLong.of(process.pid()) : OptionalLong.empty();
    }

    /** Starts a process. Ends the one before it, if there is one. */
    @Override
    public Mono<Void> restart() {
        return Mono.fromCallable(this::start)
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(ChaosWorkerProcess::ready)
                .timeout(START_TIMEOUT);
    }

    private synchronized ChaosWorkerProcess start() {
        close();
        ChaosWorkerProcess started = ChaosWorkerProcess.start(settings.get());
        process = started;
        if (orders != null) {
            started.begin(orders.get());
        }
        return started;
    }

    /**
     * Lets the process begin a span, and so each process that replaces it before the span ends.
     *
     * @param current gives each process its own order
     */
    synchronized void begin(Supplier<Order> current) {
        orders = current;
        if (process != null) {
            process.begin(current.get());
        }
    }

    /** Ends the span. Replaces a process that cannot end it, and then errors. */
    Mono<Void> end() {
        return Mono.defer(this::tellEnd)
                .timeout(END_TIMEOUT)
                .onErrorResume(failure -> restart().then(Mono.error(failure)));
    }

    private synchronized Mono<Void> tellEnd() {
        orders = null;
        return process == null ? Mono.empty() : process.end();
    }

    @Override
    public synchronized void close() {
        if (process != null) {
            process.close();
        }
    }
}
