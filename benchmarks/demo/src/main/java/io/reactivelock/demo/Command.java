package io.reactivelock.demo;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.List;

/** What the parent tells a worker. Answers carry the command's id. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Command.Open.class, name = "open"),
    @JsonSubTypes.Type(value = Command.Sell.class, name = "sell"),
    @JsonSubTypes.Type(value = Command.Resume.class, name = "resume"),
    @JsonSubTypes.Type(value = Command.Close.class, name = "close")
})
sealed interface Command {
    long id();

    /**
     * Get ready to sell in this mode.
     *
     * @param mode how to sell
     * @param redis URI of the server with the locks
     * @param postgres R2DBC URL of the server with the stock
     * @param schema the demo's own schema there
     * @param run what the lock names of this run begin with
     * @param lease the lease time
     */
    record Open(long id, DemoMode mode, String redis, String postgres, String schema, String run, Duration lease)
            implements Command {}

    /**
     * Serve these buyers.
     *
     * @param item what they want
     * @param buyers who they are
     * @param stops whether to stop during the first sale
     */
    record Sell(long id, int item, List<Integer> buyers, boolean stops) implements Command {}

    /** You were stopped; that is over. */
    record Resume(long id) implements Command {}

    /** Give everything back, and tell what you counted. */
    record Close(long id) implements Command {}
}
