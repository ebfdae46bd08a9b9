package io.reactivelock.demo;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What a worker tells the parent, with the id of the command that it belongs to. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Event.Done.class, name = "done"),
    @JsonSubTypes.Type(value = Event.Sold.class, name = "sold"),
    @JsonSubTypes.Type(value = Event.Stopping.class, name = "stopping"),
    @JsonSubTypes.Type(value = Event.Closed.class, name = "closed"),
    @JsonSubTypes.Type(value = Event.Failed.class, name = "failed")
})
sealed interface Event {
    long id();

    /** The command has been carried out. */
    record Done(long id) implements Event {}

    /**
     * A sale is acknowledged.
     *
     * @param buyer who bought a unit
     */
    record Sold(long id, int buyer) implements Event {}

    /** The next thing that this process does is to stop itself. */
    record Stopping(long id) implements Event {}

    /**
     * The answer to close.
     *
     * @param tally what this worker counted in this mode
     */
    record Closed(long id, DemoTally tally) implements Event {}

    /**
     * The worker cannot go on.
     *
     * @param sentence why
     */
    record Failed(long id, String sentence) implements Event {}
}
