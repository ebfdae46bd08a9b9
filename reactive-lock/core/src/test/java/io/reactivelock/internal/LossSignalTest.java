package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.LeaseLoss;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.StepVerifier;

class LossSignalTest {
    private static final LeaseLoss LOSS =
            new LeaseLoss("a", new FencingToken(1, new Holder(1, 1)), LeaseLoss.Reason.EXPIRED, Duration.ZERO, null);

    private final LossSignal signal = new LossSignal();

    @Test
    @DisplayName("each subscriber is told, before and after the end, when it asks")
    void tellsEach() {
        List<Object> told = new ArrayList<>();
        signal.subscribe(told::add, told::add, () -> told.add("complete"));
        StepVerifier late = StepVerifier.create(signal, 0)
                .then(() -> signal.emit(LOSS))
                .expectNoEvent(Duration.ofNanos(1))
                .thenRequest(1)
                .expectNext(LOSS)
                .expectComplete()
                .verifyLater();
        late.verify(Duration.ofSeconds(20));
        assertThat(told).containsExactly(LOSS, "complete");
        StepVerifier.create(signal).expectNext(LOSS).verifyComplete();
    }

    @Test
    @DisplayName("a release completes it empty, whatever was asked for")
    void completes() {
        StepVerifier.create(signal, 0).then(signal::complete).verifyComplete();
        StepVerifier.create(signal).verifyComplete();
    }

    @Test
    @DisplayName("who cancelled is not told")
    void cancelled() {
        List<Object> told = new ArrayList<>();
        Disposable first = signal.subscribe(told::add, told::add, () -> told.add("complete"));
        signal.subscribe(told::add, told::add, () -> told.add("other"));
        first.dispose();
        signal.emit(LOSS);
        assertThat(told).containsExactly(LOSS, "other");
    }

    @Test
    @DisplayName("20,000 subscribers that come and go cost no square: neither copies the others")
    void linear() {
        ThreadMXBean threads =
                (ThreadMXBean) ManagementFactory.getPlatformMXBean(java.lang.management.ThreadMXBean.class);
        long before = threads.getCurrentThreadAllocatedBytes();
        List<Disposable> all = IntStream.range(0, 20_000)
                .mapToObj(i -> signal.subscribe(loss -> {}))
                .toList();
        all.forEach(Disposable::dispose);
        // an array that is copied with each of them would be 1.6 GB in the end
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100_000_000);
    }
}
