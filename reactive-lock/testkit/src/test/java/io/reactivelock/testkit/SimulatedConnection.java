package io.reactivelock.testkit;

import io.reactivelock.FencingToken;
import io.reactivelock.testkit.SimulatedStore.Transaction;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** The way of one service to a {@link SimulatedStore}: requests and replies take their time, and connections break at any moment. */
final class SimulatedConnection {
    private static final int SERVER_NOTICES_MILLIS = 300;

    private final SimulatedStore store;
    private final ClientTime time;
    private final RandomGenerator random;

    /** One of so many calls ends in a broken connection. */
    private int breaksOneIn = Integer.MAX_VALUE;

    SimulatedConnection(SimulatedStore store, ClientTime time, RandomGenerator random) {
        this.store = store;
        this.time = time;
        this.random = random;
    }

    /** The connection broke; whether the request took effect is unknown. */
    static final class BrokenOff extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BrokenOff() {
            super("the connection broke", null, false, false);
        }
    }

    /** One step of the server: answers by exactly one of the two, at once or later. */
    @FunctionalInterface
    private interface Step<T> {
        void run(Consumer<T> reply, Consumer<RuntimeException> refuse);
    }

    void breakOneIn(int calls) {
        breaksOneIn = calls;
    }

    Mono<Void> advance(String resource, FencingToken token) {
        return this.<Boolean>send((reply, refuse) -> {
                    Transaction own = store.begin(resource);
                    own.check(token, () -> own.commit(() -> reply.accept(true), refuse), refuse);
                })
                .then();
    }

    Mono<Boolean> looksGood(String resource, FencingToken token) {
        return send((reply, refuse) -> reply.accept(store.looksGood(resource, token)));
    }

    Mono<Long> read(String resource) {
        return send((reply, refuse) -> {
            Transaction own = store.begin(resource);
            own.read(reply, refuse);
            own.end();
        });
    }

    /** Work in a transaction, and its commit; whatever goes wrong, the server hears of it some time. */
    Mono<Void> inTransaction(String resource, Function<Transaction, Mono<Void>> work) {
        return Mono.usingWhen(
                Mono.fromSupplier(() -> store.begin(resource)),
                open -> work.apply(open).then(commit(open)),
                open -> Mono.empty(),
                (open, e) -> leave(open),
                this::leave);
    }

    private Mono<Void> leave(Transaction open) {
        return Mono.fromRunnable(
                () -> store.truth.schedule(open::end, random.nextInt(SERVER_NOTICES_MILLIS), TimeUnit.MILLISECONDS));
    }

    Mono<Void> check(Transaction open, FencingToken token) {
        return this.<Boolean>send((reply, refuse) -> open.check(token, () -> reply.accept(true), refuse))
                .then();
    }

    Mono<Long> read(Transaction open) {
        return send(open::read);
    }

    Mono<Void> write(Transaction open, long previous, FencingToken token, long operation) {
        return this.<Boolean>send(
                        (reply, refuse) -> open.write(previous, token, operation, () -> reply.accept(true), refuse))
                .then();
    }

    private Mono<Void> commit(Transaction open) {
        return this.<Boolean>send((reply, refuse) -> open.commit(() -> reply.accept(true), refuse))
                .then();
    }

    private <T> Mono<T> send(Step<T> step) {
        return Mono.create(sink -> {
            boolean breaks = random.nextInt(breaksOneIn) == 0;
            boolean arrives = !breaks || random.nextBoolean();
            store.truth.schedule(
                    () -> {
                        if (arrives) {
                            step.run(
                                    value -> back(sink, breaks, () -> sink.success(value)),
                                    e -> back(sink, breaks, () -> sink.error(e)));
                        } else {
                            back(sink, true, () -> {});
                        }
                    },
                    travelMicros(),
                    TimeUnit.MICROSECONDS);
        });
    }

    private void back(MonoSink<?> sink, boolean breaks, Runnable answer) {
        time.schedule(breaks ? () -> sink.error(new BrokenOff()) : answer, travelMicros(), TimeUnit.MICROSECONDS);
    }

    /** Mostly fast, now and then slow. */
    private long travelMicros() {
        return random.nextInt(10) == 0 ? random.nextInt(60_000) : random.nextInt(1_000);
    }
}
