package io.reactivelock.demo;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Runs the whole load in one mode. One wave of items after another; in each, one process is stopped in the middle of its first sale
 * of the wave's first item, and its rivals for that item come only then, so that they have much to sell while it stands still.
 */
final class ModeRun {
    /** After so many pauses without a sale by a rival, the stopped process goes on all the same. */
    private static final int PATIENCE = 10;

    private final DemoPlan plan;
    private final DemoMode mode;
    private final List<DemoWorkerProcess> workers;
    private final Progress progress;
    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();

    ModeRun(DemoPlan plan, DemoMode mode, List<DemoWorkerProcess> workers, Progress progress) {
        this.plan = plan;
        this.mode = mode;
        this.workers = workers;
        this.progress = progress;
    }

    /**
     * @param setting what else the workers need to know
     */
    Mono<ModeResult> run(ShopDatabase database, Setting setting) {
        return Mono.defer(() -> {
            long begun = System.nanoTime();
            progress.begin(mode);
            return database.reset(plan)
                    .thenMany(Flux.fromIterable(workers))
                    .flatMap(worker -> worker.tell(id -> setting.open(id, mode, plan.lease())))
                    .thenMany(Flux.range(0, plan.pauses()))
                    .concatMap(this::wave)
                    .thenMany(Flux.fromIterable(workers))
                    .flatMap(worker -> worker.tell(Command.Close::new))
                    .ofType(Event.Closed.class)
                    .map(Event.Closed::tally)
                    .collectList()
                    .map(DemoTally::sum)
                    .flatMap(tally ->
                            database.log().map(log -> result(tally, log, Duration.ofNanos(System.nanoTime() - begun))))
                    .doOnNext(progress::end);
        });
    }

    private Mono<Void> wave(int wave) {
        List<Integer> items = plan.itemsOf(wave);
        Flux<Event> undisturbed = Flux.fromIterable(items.subList(1, items.size()))
                .flatMap(item -> Flux.fromIterable(workers).flatMap(worker -> sell(worker, item, false)));
        return Mono.when(undisturbed, pausedSale(plan.stoppedIn(wave), items.get(0)));
    }

    private Mono<Void> pausedSale(int stopped, int item) {
        DemoWorkerProcess worker = workers.get(stopped);
        Sinks.One<Mono<Void>> stop = Sinks.one();
        Sinks.Empty<Void> rivalSold = Sinks.empty();

        Mono<Void> own = sell(worker, item, true)
                .ofType(Event.Stopping.class)
                .doOnNext(stopping -> {
                    // first: whoever ends this process at the word of the pause must leave no stopped one behind
                    Mono<Void> resume = worker.prepareResume();
                    progress.stopped(worker.number());
                    stop.tryEmitValue(resume);
                })
                .then()
                .doOnTerminate(stop::tryEmitEmpty);
        Flux<Event> rivals = Flux.range(0, workers.size())
                .filter(number -> number != stopped)
                .flatMap(number -> sell(workers.get(number), item, false))
                .doOnNext(event -> {
                    if (event instanceof Event.Sold) {
                        rivalSold.tryEmitEmpty();
                    }
                });
        Mono<Void> overtaken = Mono.firstWithSignal(
                rivalSold.asMono(),
                Mono.delay(plan.pause().multipliedBy(PATIENCE)).then());
        Mono<Void> resume = stop.asMono()
                .delayUntil(ready -> Mono.when(Mono.delay(plan.pause()), overtaken))
                .flatMap(ready -> ready)
                .doOnSuccess(done -> progress.resumed());
        return Mono.when(own, stop.asMono().thenMany(rivals), resume);
    }

    private Flux<Event> sell(DemoWorkerProcess worker, int item, boolean stops) {
        List<Integer> buyers = plan.buyersOf(worker.number() - 1, item);
        return worker.tell(id -> new Command.Sell(id, item, buyers, stops)).doOnNext(event -> {
            if (event instanceof Event.Sold sold) {
                acknowledged.add(sold.buyer());
                progress.sold(acknowledged.size());
            }
        });
    }

    private ModeResult result(DemoTally tally, ShopDatabase.Log log, Duration took) {
        // a stale write has a token below that of a later holder; where there are no tokens, a read that was overtaken
        long accepted = mode == DemoMode.NONE ? log.overtaken() : log.lateTokens();
        return new ModeResult(
                mode,
                plan.stock(),
                log.sold(),
                log.oversold(),
                log.lostUpdates(),
                tally.staleWritesRejected() + accepted,
                tally.staleWritesRejected(),
                accepted,
                acknowledged.size(),
                unmatched(log.buyers()) + log.overtaken() + log.fallenTokens(),
                plan.pauses(),
                tally.acquires().millisAt(50),
                tally.acquires().millisAt(99),
                tally.handOffs(),
                tally.renewals(),
                tally.leasesLost(),
                tally.notices().millisAt(100),
                took.toMillis());
    }

    private long unmatched(Set<Integer> logged) {
        Set<Integer> both = new HashSet<>(logged);
        both.retainAll(acknowledged);
        return logged.size() + acknowledged.size() - 2L * both.size();
    }

    /**
     * Where the workers find the servers.
     *
     * @param redis URI
     * @param postgres R2DBC URL
     * @param schema the demo's own
     * @param run what lock names begin with
     */
    record Setting(String redis, String postgres, String schema, String run) {
        Command open(long id, DemoMode mode, Duration lease) {
            return new Command.Open(id, mode, redis, postgres, schema, run, lease);
        }
    }
}
