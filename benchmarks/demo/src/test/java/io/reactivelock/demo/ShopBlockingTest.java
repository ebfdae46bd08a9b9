package io.reactivelock.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.BlockingCanary;
import io.reactivelock.testservers.PostgresServer;
import io.reactivelock.testservers.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** G1: the whole way from acquire to write, over both drivers and a pool, from the first call on. */
@Tag("long")
class ShopBlockingTest implements BlockingCanary {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int STOCK = 50;
    private static final List<Integer> BUYERS = IntStream.range(0, 60).boxed().toList();

    @ParameterizedTest
    @EnumSource
    @DisplayName("G1: no sale blocks")
    void nothingBlocks(DemoMode mode) {
        String schema = "blocking_" + mode.id();
        ShopDatabase shop =
                new ShopDatabase(DemoDatabase.open(PostgresServer.shared().r2dbcUrl(), schema), schema);
        shop.create()
                .then(shop.reset(new DemoPlan(2, BUYERS.size(), STOCK, 1, 1, Duration.ofSeconds(5))))
                .block(PATIENCE);
        List<Event> events = new CopyOnWriteArrayList<>();
        Session session = Session.open(new Command.Open(
                1,
                mode,
                RedisServer.shared().uri(),
                PostgresServer.shared().r2dbcUrl(),
                schema,
                schema,
                Duration.ofSeconds(5)));

        Mono<DemoTally> sales = session.sell(new Command.Sell(1, 0, BUYERS, false), events::add)
                .then(Mono.defer(session::close))
                .subscribeOn(Schedulers.parallel());

        assertThat(sales.block(PATIENCE)).isNotNull();
        assertThat(events).hasSizeGreaterThan(STOCK / 2);
        shop.close().block(PATIENCE);
    }
}
