package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a race found, without the race. */
class LocalQueueRaceTest {
    @Test
    @DisplayName("F10: the news that the lock was taken comes in the middle of a release: the next does not get it")
    void lossInTheMiddleOfARelease() {
        LocalQueueRaces.Scene scene = new LocalQueueRaces.OneWaits();
        scene.first.lease().lost().subscribe(loss -> {}, e -> {}, scene::taken);

        scene.release();

        assertThat(scene.outcome()).isEqualTo("second waits, third waits, lock free and asked for");
    }
}
