package io.reactivelock.chaos;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A place for one worker process after another. Safe for use by several threads. */
final class Place implements io.reactivelock.chaos.fault.Worker, AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    /** More than the longest wait of all that a worker does. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

    private final Supplier<Setting> settings;
    private @Nullable WorkerProcess process;
    private @Nullable Supplier<Order> orders;

    /**
     * @param settings gives another one for each process
     */
    Place(Supplier<Setting> settings) {
        this.settings = settings;
    }

    @Override
    public synchronized OptionalLong pid() {
        return process != null && process.isAlive() ? OptionalLong.of(process.pid()) : OptionalLong.empty();
    }

    /** Starts the first process, or another one in place of the one that was there, which is ended. */
    @Override
    public Mono<Void> restart() {
        return Mono.fromCallable(this::start)
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(WorkerProcess::ready)
                .timeout(START_TIMEOUT);
    }

    private synchronized WorkerProcess start() {
        close();
        WorkerProcess started = WorkerProcess.start(settings.get());
        process = started;
        if (orders != null) {
            started.begin(orders.get());
        }
        return started;
    }

    /**
     * Lets the process begin a span, and any other that comes in its place until the span ends.
     *
     * @param current gives each process its own order
     */
    synchronized void begin(Supplier<Order> current) {
        orders = current;
        if (process != null) {
            process.begin(current.get());
        }
    }

    /** Ends the span. A process that cannot is replaced; then the result is an error, after that was done. */
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
