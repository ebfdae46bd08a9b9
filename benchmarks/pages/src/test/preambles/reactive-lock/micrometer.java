import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.r2dbc.spi.ConnectionFactory;
import io.reactivelock.*;
import io.reactivelock.fencing.FencingGuardOptions;
import io.reactivelock.fencing.r2dbc.R2dbcFencingGuard;
import io.reactivelock.micrometer.*;
import io.reactivelock.spi.LockBackend;

abstract class Preamble {
    LockBackend backend;
    MeterRegistry meterRegistry;
    ObservationRegistry observationRegistry;
    ConnectionFactory connectionFactory;
}
