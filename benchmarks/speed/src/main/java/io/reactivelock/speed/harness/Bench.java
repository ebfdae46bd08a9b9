package io.reactivelock.speed.harness;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Where a run takes place.
 *
 * @param plan how long and with whom
 * @param redis the {@code redis://} URI of the server that all subjects share
 * @param results where raw results go; exists
 * @param progress is told what is done now
 */
public record Bench(SpeedPlan plan, String redis, Path results, Consumer<String> progress) {}
