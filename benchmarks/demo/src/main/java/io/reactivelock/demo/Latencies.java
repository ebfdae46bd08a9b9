package io.reactivelock.demo;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.DataFormatException;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** A histogram of microseconds that travels between processes as one string. Safe for use by several threads. */
final class Latencies {
    private static final int DIGITS = 3;

    private final Histogram micros;

    Latencies() {
        this(new ConcurrentHistogram(DIGITS));
    }

    private Latencies(Histogram micros) {
        this.micros = micros;
    }

    void recordNanos(long nanos) {
        micros.recordValue(Math.max(0, nanos / 1_000));
    }

    static Latencies merge(List<Latencies> parts) {
        Latencies all = new Latencies();
        parts.forEach(part -> all.micros.add(part.micros));
        return all;
    }

    /** Returns a percentile in milliseconds, or null if nothing was recorded. */
    @Nullable
    Double millisAt(double percentile) {
        return micros.getTotalCount() == 0 ? null : micros.getValueAtPercentile(percentile) / 1_000.0;
    }

    @JsonCreator
    static Latencies decode(String text) {
        try {
            return new Latencies(Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(text)), 0));
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("not a histogram: " + text, e);
        }
    }

    @JsonValue
    String encode() {
        ByteBuffer buffer = ByteBuffer.allocate(micros.getNeededByteBufferCapacity());
        int length = micros.encodeIntoCompressedByteBuffer(buffer);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
    }
}
