package io.reactivelock.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** Registers what {@link LockMeterDocumentation} describes, with the values of its tags in their order. */
record Meters(MeterRegistry registry) {
    Timer timer(LockMeterDocumentation meter, String... values) {
        return Timer.builder(meter.getName())
                .description(meter.description())
                .tags(tags(meter, values))
                .register(registry);
    }

    Counter counter(LockMeterDocumentation meter, String... values) {
        return Counter.builder(meter.getName())
                .description(meter.description())
                .tags(tags(meter, values))
                .register(registry);
    }

    void gauge(LockMeterDocumentation meter, Supplier<Number> value, String... values) {
        Gauge.builder(meter.getName(), value)
                .description(meter.description())
                .tags(tags(meter, values))
                .register(registry);
    }

    /** One meter for each constant, there from the start: what is first seen as 1 has risen by nothing. */
    static <E extends Enum<E>, M> Map<E, M> each(Class<E> type, Function<String, M> meter) {
        Map<E, M> meters = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            meters.put(value, meter.apply(value.name().toLowerCase(Locale.ROOT)));
        }
        return meters;
    }

    private static String[] tags(LockMeterDocumentation meter, String... values) {
        String[] tags = new String[2 * values.length];
        for (int i = 0; i < values.length; i++) {
            tags[2 * i] = meter.getKeyNames()[i].asString();
            tags[2 * i + 1] = values[i];
        }
        return tags;
    }
}
