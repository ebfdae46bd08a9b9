package io.reactivelock.testkit;

import io.reactivelock.LockBackendException;
import io.reactivelock.LockBackendException.Kind;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/** What can happen to one call of a backend on its way there and back. A value; see {@link FaultyLockBackend}. */
public final class LockFault {
    private final Wire wire;

    private LockFault(Wire wire) {
        this.wire = wire;
    }

    /** Makes what this side sees of a call out of what the server does; each subscription to the request sends it. */
    @FunctionalInterface
    private interface Wire {
        Flux<Object> send(Flux<Object> request, String lockName, Scheduler network);
    }

    Flux<Object> apply(Flux<Object> request, String lockName, Scheduler network) {
        return wire.send(request, lockName, network);
    }

    /** The call takes effect, and no answer ever comes. */
    public static LockFault loseReply() {
        return new LockFault((request, name, network) -> effectOf(request).thenMany(Flux.never()));
    }

    /** The call takes effect, and then the connection breaks: an error of {@link Kind#UNKNOWN}. */
    public static LockFault breakOff() {
        return new LockFault((request, name, network) ->
                effectOf(request).thenMany(error(name, Kind.UNKNOWN, "the connection broke before the reply")));
    }

    /**
     * The server refuses the call, which has no effect.
     *
     * @param kind the kind of the error
     */
    public static LockFault refuse(Kind kind) {
        return new LockFault((request, name, network) -> error(name, kind, "the server refused the request"));
    }

    /**
     * The driver throws an {@link Error} as it is called, as one does whose classes cannot be loaded. The call has no effect. Not
     * together with a delay: what is thrown then meets the network's thread.
     */
    public static LockFault throwError() {
        return new LockFault((request, name, network) -> Flux.defer(() -> {
            throw new NoClassDefFoundError("a class of the driver");
        }));
    }

    /**
     * The call takes this long to reach the server.
     *
     * @param delay the time
     */
    public static LockFault delayRequest(Duration delay) {
        return new LockFault((request, name, network) -> request.delaySubscription(delay, network));
    }

    /**
     * The answer takes this long to come back; so does an error.
     *
     * @param delay the time
     */
    public static LockFault delayReply(Duration delay) {
        return new LockFault((request, name, network) -> request.materialize()
                .collectList()
                .delayElement(delay, network)
                .flatMapIterable(signals -> signals)
                .dematerialize());
    }

    /** The call reaches the server twice, and the second answer comes back: what a driver does that sends again after a reconnect. */
    public static LockFault duplicate() {
        return new LockFault((request, name, network) -> effectOf(request).thenMany(request));
    }

    /**
     * The call is answered, and later a copy of it reaches the server, whose answer is dropped.
     *
     * @param delay the time from the answer to the copy
     */
    public static LockFault repeatLater(Duration delay) {
        return new LockFault((request, name, network) -> request.doOnTerminate(
                () -> effectOf(request.delaySubscription(delay, network)).subscribe()));
    }

    private static Flux<Object> effectOf(Flux<Object> request) {
        return request.ignoreElements().onErrorComplete().flux();
    }

    private static Flux<Object> error(String lockName, Kind kind, String message) {
        return Flux.error(() -> new LockBackendException(lockName, kind, message, null));
    }
}
