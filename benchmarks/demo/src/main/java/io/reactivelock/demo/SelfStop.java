package io.reactivelock.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/** Stops this process, once, with SIGSTOP: every thread of it, the one that renews the leases too. */
final class SelfStop implements Runnable {
    private final Runnable announcement;
    private final AtomicBoolean used = new AtomicBoolean();
    private final CompletableFuture<Process> signal = new CompletableFuture<>();
    private final CountDownLatch resumed = new CountDownLatch(1);

    /**
     * @param announcement runs just before
     */
    SelfStop(Runnable announcement) {
        this.announcement = announcement;
    }

    @Override
    public void run() {
        if (!used.compareAndSet(false, true)) {
            return;
        }
        announcement.run();
        try {
            signal.complete(new ProcessBuilder(
                            "sh", "-c", "kill -STOP " + ProcessHandle.current().pid())
                    .start());
            // the threads stop a moment after the signal was sent, so the parent's word is what ends the pause
            resumed.await();
        } catch (IOException e) {
            throw new UncheckedIOException("this process cannot stop itself", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while stopped", e);
        }
    }

    /** Goes on, once the signal has been sent and this process runs again. */
    Mono<Void> resumed() {
        return Mono.fromFuture(signal, true)
                .flatMap(sender -> Mono.fromFuture(sender.onExit(), true))
                .doOnNext(sent -> resumed.countDown())
                .then();
    }
}
