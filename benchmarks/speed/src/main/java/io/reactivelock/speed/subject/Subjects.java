package io.reactivelock.speed.subject;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Several clients of one subject, each with connections of its own, in one JVM. */
public final class Subjects {
    private Subjects() {}

    /**
     * Opens clients.
     *
     * @param subject of whom
     * @param redis the {@code redis://} URI of the server
     * @param count how many
     * @return the clients
     */
    public static List<MeasuredLock> open(Subject subject, String redis, int count) {
        return each(IntStream.range(0, count).boxed().toList(), i -> subject.open(redis));
    }

    /**
     * Closes clients.
     *
     * @param clients what {@link #open} gave
     */
    public static void close(List<MeasuredLock> clients) {
        each(clients, client -> {
            client.close();
            return client;
        });
    }

    /** All at a time, on threads of their own: a client that closes may itself need those that Reactor shares. */
    private static <T, R> List<R> each(List<T> values, Function<T, R> blocking) {
        Scheduler threads = Schedulers.newBoundedElastic(values.size(), values.size(), "subjects");
        try {
            return Objects.requireNonNull(Flux.fromIterable(values)
                    .flatMap(value ->
                            Mono.fromCallable(() -> blocking.apply(value)).subscribeOn(threads))
                    .collectList()
                    .block());
        } finally {
            threads.dispose();
        }
    }
}
