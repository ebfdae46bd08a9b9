package io.reactivelock.demo;

import java.io.PrintStream;
import java.util.Locale;

/** Says what happens while the shop runs: one line that changes on a terminal, a few lines elsewhere. Safe for use by several threads. */
final class Progress {
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private DemoMode mode = DemoMode.NONE;
    private int pauses;
    private int sold;
    private String state = "";

    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    synchronized void begin(DemoMode next) {
        mode = next;
        pauses = 0;
        sold = 0;
        state = "the shop is open";
        show();
    }

    synchronized void sold(int total) {
        sold = total;
        if (terminal) {
            show();
        }
    }

    synchronized void stopped(int process) {
        pauses++;
        state = "pause " + pauses + ": process " + process + " stands still in the middle of a sale";
        show();
    }

    synchronized void resumed() {
        state = "pause " + pauses + " is over, the process writes";
        show();
    }

    synchronized void end(ModeResult result) {
        state = String.format(Locale.ROOT, "done in %.1f s", result.millis() / 1_000.0);
        show();
        clear();
    }

    /** Takes the changing line away. */
    synchronized void clear() {
        if (terminal) {
            out.print(CLEAR_LINE);
            out.flush();
        }
    }

    private void show() {
        String line = String.format(Locale.ROOT, "%-12s  %4d sold  %s", mode.title(), sold, state);
        if (terminal) {
            out.print(CLEAR_LINE + line);
            out.flush();
        } else {
            out.println(line);
        }
    }
}
