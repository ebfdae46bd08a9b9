package io.reactivelock.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends an embedded server and deletes its directory, at the latest when this JVM ends, in whatever way. A shutdown hook is not
 * enough: it does not run when a JVM is killed or halted, which is how a build tool ends the JVM of its tests.
 *
 * <p>A small shell process waits for the end of its input. That comes when this side closes it, or dies.
 */
final class Reaper implements AutoCloseable {
    private static final String SCRIPT = """
            trap '' INT HUP TERM
            cat > /dev/null
            pid=$(head -n 1 "$1")
            # a dead process that nobody waited for still has its id
            alive() { [ -n "$pid" ] && kill -0 "$pid" && ! grep -q '^State:.*Z' "/proc/$pid/status"; }
            if alive; then
              kill -CONT "$pid"
              kill -"$2" "$pid"
              tries=0
              while alive && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
              alive && kill -KILL "$pid"
            fi
            rm -rf "$3"
            """;

    private final @Nullable Process shell;

    private Reaper(@Nullable Process shell) {
        this.shell = shell;
    }

    /**
     * @param pidFile where the server writes its process id while it runs
     * @param signal the signal that ends the server at once, as in {@code KILL}
     * @param directory what to delete after it
     */
    static Reaper of(Path pidFile, String signal, Path directory) throws IOException {
        if (System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows")) {
            return new Reaper(null); // no such shell; there the shutdown hooks of the embedding libraries have to do
        }
        return new Reaper(
                new ProcessBuilder("sh", "-c", SCRIPT, "reaper", pidFile.toString(), signal, directory.toString())
                        .redirectOutput(Redirect.DISCARD)
                        .redirectError(Redirect.DISCARD)
                        .start());
    }

    /** Ends the server now, if it still runs, and deletes its directory. */
    @Override
    public void close() {
        if (shell == null) {
            return;
        }
        try {
            shell.getOutputStream().close();
            shell.waitFor(10, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
