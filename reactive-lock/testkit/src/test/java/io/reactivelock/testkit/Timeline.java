package io.reactivelock.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.scheduler.Scheduler;

/** What happened in one history, for people; kept only where somebody will read it. */
final class Timeline {
    private final boolean kept;
    private final Scheduler truth;
    private final List<String> lines = new ArrayList<>();

    Timeline(boolean kept, Scheduler truth) {
        this.kept = kept;
        this.truth = truth;
    }

    void add(String who, Supplier<String> what) {
        if (kept) {
            lines.add("%8.3f s  %-9s %s".formatted(truth.now(TimeUnit.MILLISECONDS) / 1e3, who, what.get()));
        }
    }

    List<String> lines() {
        return lines;
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }
}
