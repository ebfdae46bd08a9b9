package io.reactivelock.chaos.fault;

import io.reactivelock.testservers.TcpFaults;
import io.reactivelock.testservers.TcpFaults.Cut;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;

/**
 * What networks do. Bytes that were dropped are never followed by others on the same connection, for TCP does not do that either: it
 * sends again, or the connection ends.
 */
final class TcpKinds {
    private static final int MAX_CUT_BYTES = 400;
    private static final Duration CUT_PATIENCE = Duration.ofMillis(200);

    private final String server;
    private final List<TcpLink> links;

    private TcpKinds(String server, List<TcpLink> links) {
        this.server = server;
        this.links = links;
    }

    static List<Fault> of(String server, List<TcpLink> links) {
        TcpKinds kinds = new TcpKinds(server, links);
        return List.of(
                kinds.kind("delay", kinds::delayed),
                kinds.kind("drop", kinds::dropped),
                kinds.kind("FIN", random -> kinds.cut(random, Cut.FIN)),
                kinds.kind("RST", random -> kinds.cut(random, Cut.RESET)),
                kinds.kind("half-open", kinds::halfOpen),
                kinds.kind("swallowed reply", kinds::swallowed),
                kinds.kind("refused", kinds::refused));
    }

    private Fault kind(String kind, Function<RandomGenerator, Mono<Void>> act) {
        return Act.of("tcp " + kind + ", " + server, act);
    }

    private TcpLink any(RandomGenerator random) {
        return links.get(random.nextInt(links.size()));
    }

    private Mono<Void> delayed(RandomGenerator random) {
        Duration delay = Act.between(random, 2, 250);
        return standing(random, Act.between(random, 200, 900), proxy -> {
            proxy.delayRequests(delay);
            proxy.delayReplies(delay);
        });
    }

    /** Nothing gets through for a while; then TCP has sent it again. */
    private Mono<Void> dropped(RandomGenerator random) {
        return standing(random, Act.between(random, 100, 900), proxy -> {
            proxy.holdRequests();
            proxy.holdReplies();
        });
    }

    private Mono<Void> refused(RandomGenerator random) {
        TcpLink link = any(random);
        return link.exclusive()
                .alone(Act.during(
                        Act.between(random, 100, 600),
                        Mono.fromRunnable(() -> {
                            link.proxy().refuse();
                            link.proxy().cut(Cut.RESET);
                        }),
                        Mono.fromRunnable(link.proxy()::heal)));
    }

    private Mono<Void> standing(RandomGenerator random, Duration time, Consumer<TcpFaults> harm) {
        TcpLink link = any(random);
        return link.exclusive()
                .alone(Act.during(
                        time,
                        Mono.fromRunnable(() -> harm.accept(link.proxy())),
                        Mono.fromRunnable(link.proxy()::heal)));
    }

    /** At once, or in the middle of a request or of a reply. */
    private Mono<Void> cut(RandomGenerator random, Cut cut) {
        int how = random.nextInt(3);
        int bytes = random.nextInt(1, MAX_CUT_BYTES);
        if (how == 0) {
            return untilCut(random, Duration.ZERO, cut, connection -> {});
        }
        return untilCut(random, CUT_PATIENCE, cut, connection -> {
            if (how == 1) {
                connection.cutAfterRequestBytes(bytes, cut);
            } else {
                connection.cutAfterReplyBytes(bytes, cut);
            }
        });
    }

    private Mono<Void> halfOpen(RandomGenerator random) {
        Cut seen = random.nextBoolean() ? Cut.FIN : Cut.RESET;
        boolean client = random.nextBoolean();
        return untilCut(random, Act.between(random, 200, 1_500), Cut.RESET, connection -> {
            if (client) {
                connection.dropClient(seen);
            } else {
                connection.dropServer(seen);
            }
        });
    }

    private Mono<Void> swallowed(RandomGenerator random) {
        return untilCut(random, Act.between(random, 20, 800), Cut.RESET, TcpFaults::swallowReplies);
    }

    /** Harms some connections, which never recover. Excludes other faults, for one that heals the proxy would mend these connections. */
    private Mono<Void> untilCut(RandomGenerator random, Duration time, Cut cut, Consumer<TcpFaults> harm) {
        TcpLink link = any(random);
        return link.exclusive().alone(Mono.defer(() -> {
            List<TcpFaults> chosen = link.some(random);
            return Act.during(
                    time,
                    Mono.fromRunnable(() -> chosen.forEach(harm)),
                    Mono.fromRunnable(() -> chosen.forEach(connection -> connection.cut(cut))));
        }));
    }
}
