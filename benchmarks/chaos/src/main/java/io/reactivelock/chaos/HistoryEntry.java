package io.reactivelock.chaos;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** One event in the history of a worker. Times are {@code System.nanoTime()}, one axis for all JVMs of one Linux host. */
sealed interface HistoryEntry {
    /**
     * A lease was handed out.
     *
     * @param asked before the subscription
     * @param handedOut when the lease arrived
     */
    record Granted(String resource, FencingToken token, long asked, long handedOut) implements HistoryEntry {}

    /**
     * A holder believed that it held the lock.
     *
     * @param from when the lease arrived
     * @param until before the last look at the lease that found it valid
     */
    record Believed(String resource, FencingToken token, long from, long until) implements HistoryEntry {}

    /** A write was acknowledged. */
    record Acknowledged(long op, long at) implements HistoryEntry {}

    /** A write was refused, or failed with the promise that it had no effect. */
    record Refused(long op, long at) implements HistoryEntry {}

    /**
     * A lease ran out, and its holder heard of it.
     *
     * @param nanos from the end of its validity to the signal
     */
    record LossNoticed(long nanos) implements HistoryEntry {}

    /** How often an event was counted since the last entry of this type. */
    record Counted(CountedEvent counter, long number) implements HistoryEntry {}

    default void writeTo(DataOutput out) throws IOException {
        if (this instanceof Granted granted) {
            out.writeByte(1);
            writeHolding(out, granted.resource, granted.token, granted.asked, granted.handedOut);
        } else if (this instanceof Believed believed) {
            out.writeByte(2);
            writeHolding(out, believed.resource, believed.token, believed.from, believed.until);
        } else if (this instanceof Acknowledged acknowledged) {
            out.writeByte(3);
            out.writeLong(acknowledged.op);
            out.writeLong(acknowledged.at);
        } else if (this instanceof Refused refused) {
            out.writeByte(4);
            out.writeLong(refused.op);
            out.writeLong(refused.at);
        } else if (this instanceof LossNoticed noticed) {
            out.writeByte(5);
            out.writeLong(noticed.nanos);
        } else if (this instanceof Counted counted) {
            out.writeByte(6);
            out.writeUTF(counted.counter.name());
            out.writeLong(counted.number);
        }
    }

    private static void writeHolding(DataOutput out, String resource, FencingToken token, long from, long until)
            throws IOException {
        out.writeUTF(resource);
        out.writeLong(token.value());
        out.writeLong(token.holder().high());
        out.writeLong(token.holder().low());
        out.writeLong(from);
        out.writeLong(until);
    }

    static HistoryEntry readFrom(DataInput in) throws IOException {
        byte type = in.readByte();
        return switch (type) {
            case 1 -> new Granted(in.readUTF(), readToken(in), in.readLong(), in.readLong());
            case 2 -> new Believed(in.readUTF(), readToken(in), in.readLong(), in.readLong());
            case 3 -> new Acknowledged(in.readLong(), in.readLong());
            case 4 -> new Refused(in.readLong(), in.readLong());
            case 5 -> new LossNoticed(in.readLong());
            case 6 -> new Counted(CountedEvent.valueOf(in.readUTF()), in.readLong());
            default -> throw new IOException("no entry is of type " + type);
        };
    }

    private static FencingToken readToken(DataInput in) throws IOException {
        return new FencingToken(in.readLong(), new Holder(in.readLong(), in.readLong()));
    }
}
