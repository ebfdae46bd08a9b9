package io.reactivelock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.util.Logger;
import reactor.util.Loggers;

class RepeatedWarningTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final List<String> logged = new ArrayList<>();
    private final Logger log = (Logger) Proxy.newProxyInstance(
            Logger.class.getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                logged.add(method.getName() + Arrays.deepToString(arguments));
                return method.invoke(Loggers.getLogger(RepeatedWarningTest.class), arguments);
            });

    @Test
    @DisplayName("an outage is told with its stack, and then counted")
    void counts() {
        RepeatedWarning warning = new RepeatedWarning(log, "It is gone", now::get);
        IllegalStateException reason = new IllegalStateException("connection refused");
        IntStream.range(0, 350).forEach(i -> warning.tell(reason));
        assertThat(logged).hasSize(1).first().asString().isEqualTo("warn[It is gone, " + reason + "]");

        now.addAndGet(Duration.ofMinutes(1).toNanos());
        IntStream.range(0, 350).forEach(i -> warning.tell(reason));
        assertThat(logged).hasSize(2).last().asString().contains("349").contains("connection refused");
    }
}
