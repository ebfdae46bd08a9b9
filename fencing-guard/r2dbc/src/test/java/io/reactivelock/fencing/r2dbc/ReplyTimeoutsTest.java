package io.reactivelock.fencing.r2dbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class ReplyTimeoutsTest {
    private static final Duration LENGTH = Duration.ofSeconds(30);

    @Test
    void aSlowAnswerKeepsNothingOfThoseBehindIt() { // G7
        ReplyTimeouts timeouts = new ReplyTimeouts(LENGTH);
        Disposable slow = timeouts.limit(Mono.never()).subscribe();

        for (int i = 0; i < 50_000; i++) {
            timeouts.limit(Mono.never()).subscribe().dispose();
            timeouts.limit(Mono.just(1)).block();
        }

        assertThat(timeouts.size()).isEqualTo(1);
        slow.dispose();
        assertThat(timeouts.size()).isZero();
    }

    @Test
    void everyWaitEndsInItsOwnTimeWhoeverIsAnswered() { // G7
        List<Integer> ended = new ArrayList<>();
        List<Disposable> waits = new ArrayList<>();
        StepVerifier.withVirtualTime(() -> {
                    ReplyTimeouts timeouts = new ReplyTimeouts(LENGTH);
                    for (int i = 0; i < 5; i++) {
                        int number = i;
                        waits.add(timeouts.limit(Mono.never()).subscribe(nothing -> {}, e -> ended.add(number)));
                        VirtualTimeScheduler.get().advanceTimeBy(Duration.ofSeconds(1));
                    }
                    waits.get(0).dispose();
                    waits.get(2).dispose();
                    VirtualTimeScheduler.get().advanceTimeBy(Duration.ofSeconds(25));
                    return Mono.empty();
                })
                .then(() -> assertThat(ended).isEmpty())
                .thenAwait(Duration.ofSeconds(1))
                .then(() -> assertThat(ended).containsExactly(1))
                .thenAwait(Duration.ofSeconds(3))
                .then(() -> assertThat(ended).containsExactly(1, 3, 4))
                .expectComplete()
                .verify(LENGTH);
    }
}
