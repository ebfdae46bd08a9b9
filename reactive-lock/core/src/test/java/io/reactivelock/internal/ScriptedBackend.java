package io.reactivelock.internal;

import io.reactivelock.Holder;
import io.reactivelock.LockBackendException;
import io.reactivelock.spi.AcquireCommand;
import io.reactivelock.spi.AttemptResult;
import io.reactivelock.spi.Consistency;
import io.reactivelock.spi.LeaseTimes;
import io.reactivelock.spi.LockBackend;
import io.reactivelock.spi.LossSignals;
import io.reactivelock.spi.Renewal;
import io.reactivelock.spi.RenewalResult;
import io.reactivelock.spi.WaitQueue;
import io.reactivelock.spi.WaitSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A backend whose every reply is given by the test, at the moment and in the order that the test chooses. */
class ScriptedBackend implements LockBackend {
    final List<String> log = new ArrayList<>();
    final List<AcquireCommand> commands = new ArrayList<>();
    final List<Sinks.One<AttemptResult>> attempts = new ArrayList<>();
    final List<List<Renewal>> renewals = new ArrayList<>();
    final List<Sinks.Many<RenewalResult>> renewalReplies = new ArrayList<>();
    final List<Sinks.One<Boolean>> releases = new ArrayList<>();
    final List<Holder> released = new ArrayList<>();

    final Sinks.Empty<Void> pong = Sinks.empty();
    LeaseTimes leaseTimes = new LeaseTimes(Duration.ofMillis(1), Duration.ofDays(365), Duration.ofMillis(1));

    /** Where this backend tells of losses; null where it cannot. */
    Sinks.@Nullable Many<Holder> losses;

    /** Called with the number of each attempt, to answer it at once. */
    IntConsumer onAttempt = attempt -> {};

    @Override
    public Mono<AttemptResult> tryAcquire(AcquireCommand command) {
        return attempt("try", command);
    }

    Mono<AttemptResult> attempt(String what, AcquireCommand command) {
        return Mono.defer(() -> {
            log.add(what);
            commands.add(command);
            Sinks.One<AttemptResult> reply = Sinks.one();
            attempts.add(reply);
            onAttempt.accept(attempts.size() - 1);
            return reply.asMono();
        });
    }

    @Override
    public Flux<RenewalResult> renew(List<Renewal> due) {
        return Flux.defer(() -> {
            log.add("renew");
            renewals.add(due);
            Sinks.Many<RenewalResult> reply = Sinks.many().unicast().onBackpressureBuffer();
            renewalReplies.add(reply);
            return reply.asFlux();
        });
    }

    @Override
    public Mono<Boolean> release(String name, Holder holder) {
        return Mono.defer(() -> {
            log.add("release");
            released.add(holder);
            Sinks.One<Boolean> reply = Sinks.one();
            releases.add(reply);
            return reply.asMono();
        });
    }

    @Override
    public Consistency consistency() {
        return Consistency.LINEARIZABLE;
    }

    @Override
    public LeaseTimes leaseTimes() {
        return leaseTimes;
    }

    @Override
    public Mono<Void> ping() {
        return Mono.defer(() -> {
            log.add("ping");
            return pong.asMono();
        });
    }

    @Override
    public Optional<LossSignals> lossSignals() {
        return losses == null
                ? Optional.empty()
                : Optional.of(
                        () -> Flux.defer(() -> Objects.requireNonNull(losses).asFlux()));
    }

    @Override
    public Mono<Void> close() {
        return Mono.fromRunnable(() -> log.add("dispose"));
    }

    void granted(int attempt, long token) {
        granted(attempt, token, 1, false);
    }

    void granted(int attempt, long token, int tokens, boolean contended) {
        attempts.get(attempt)
                .tryEmitValue(new AttemptResult.Granted(
                        token, tokens, contended, commands.get(attempt).leaseTime()))
                .orThrow();
    }

    void busy(int attempt, Duration remaining) {
        attempts.get(attempt).tryEmitValue(new AttemptResult.Busy(remaining)).orThrow();
    }

    void queued(int attempt, Duration serverTime) {
        attempts.get(attempt)
                .tryEmitValue(new AttemptResult.Queued(Duration.ofSeconds(5), Duration.ofSeconds(1), serverTime))
                .orThrow();
    }

    void failed(int attempt, LockBackendException.Kind kind) {
        attempts.get(attempt)
                .tryEmitError(new LockBackendException("a", kind, "scripted", null))
                .orThrow();
    }

    /** Answers for all leases of one renewal. */
    void renewed(int renewal, boolean held) {
        renewals.get(renewal)
                .forEach(due -> renewalReplies
                        .get(renewal)
                        .tryEmitNext(
                                held
                                        ? new RenewalResult.Renewed(due.holder(), due.leaseTime())
                                        : new RenewalResult.Lost(due.holder()))
                        .orThrow());
    }

    void renewalFailed(int renewal, LockBackendException.Kind kind) {
        renewalReplies
                .get(renewal)
                .tryEmitError(new LockBackendException("a", kind, "scripted", null))
                .orThrow();
    }

    /** The same with a queue. */
    static class Queue extends ScriptedBackend implements WaitQueue {
        @Override
        public Optional<WaitQueue> waitQueue() {
            return Optional.of(this);
        }

        final Sinks.Many<WaitSignal> signals = Sinks.many().multicast().directBestEffort();

        @Override
        public Mono<AttemptResult> enqueue(AcquireCommand command, Duration checkInterval) {
            return attempt("enqueue", command);
        }

        @Override
        public Mono<Void> leave(String name, Holder holder) {
            return Mono.fromRunnable(() -> log.add("leave"));
        }

        void handOff(int attempt, long token, Duration claimTime, Duration serverTime) {
            Holder holder = commands.get(attempt).holder();
            AttemptResult.Granted grant = new AttemptResult.Granted(token, 1, false, claimTime);
            signals.tryEmitNext(new WaitSignal.HandOff(holder, grant, serverTime))
                    .orThrow();
        }

        @Override
        public Flux<WaitSignal> signals() {
            return signals.asFlux().doOnSubscribe(s -> log.add("signals"));
        }
    }
}
