package io.reactivelock;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** A test with BlockHound on the threads of Reactor, and the proof, in the same JVM, that it would find something. */
public interface BlockingCanary {
    @BeforeAll
    static void install() {
        BlockHound.install();
    }

    @Test
    @DisplayName("G1, canary: a call that blocks is found")
    default void findsWhatBlocks() {
        StepVerifier.create(Mono.fromCallable(() -> {
                            Thread.sleep(1);
                            return true;
                        })
                        .subscribeOn(Schedulers.parallel()))
                .expectError(BlockingOperationError.class)
                .verify(Duration.ofSeconds(10));
    }
}
