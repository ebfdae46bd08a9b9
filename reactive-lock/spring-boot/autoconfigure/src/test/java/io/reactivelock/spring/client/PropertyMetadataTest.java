package io.reactivelock.spring.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.LockClientOptions;
import io.reactivelock.LockRequest;
import io.reactivelock.fencing.FencingGuardOptions;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an editor shows of the properties, as the build generates it. */
@DisplayName("The metadata of the properties")
class PropertyMetadataTest {
    private static final Map<String, JsonNode> PROPERTIES = new TreeMap<>();
    private static final List<String> HINTS = new ArrayList<>();

    @BeforeAll
    static void read() throws IOException {
        try (InputStream metadata =
                ReactiveLockProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            JsonNode root = JsonMapper.shared().readTree(Objects.requireNonNull(metadata));
            root.get("properties")
                    .forEach(property -> PROPERTIES.put(property.get("name").asString(), property));
            root.get("hints").forEach(hint -> HINTS.add(hint.get("name").asString()));
        }
    }

    @Test
    @DisplayName("describe each of them in a sentence")
    void describeEach() {
        assertThat(PROPERTIES)
                .containsKeys("reactive-lock.enabled", "reactive-lock.profiles", "reactive-lock.fencing.enforce");
        assertThat(PROPERTIES).allSatisfy((name, property) -> {
            assertThat(property.has("description")).as(name).isTrue();
            assertThat(property.get("description").asString()).as(name).endsWith(".");
        });
    }

    @Test
    @DisplayName("name the defaults that hold")
    void nameDefaults() {
        LockClientOptions client = LockClientOptions.defaults();
        LockRequest request = LockRequest.of("any");
        FencingGuardOptions guard = FencingGuardOptions.defaults();
        Map<String, Object> real = new LinkedHashMap<>();
        real.put("client.min-back-off", client.minBackOff());
        real.put("client.max-back-off", client.maxBackOff());
        real.put("client.max-waiters", client.maxWaiters());
        real.put("client.local-hand-off-leases", client.localHandOffLeases());
        real.put("client.local-hand-off-time", client.localHandOffTime());
        real.put("client.dispose-timeout", client.disposeTimeout());
        real.put("client.suspend-detection", client.suspendDetection());
        real.put("defaults.lease-time", request.leaseTime());
        real.put("defaults.wait-time", request.waitTime());
        real.put("defaults.renewal", request.renewalInterval().isPresent());
        real.put("fencing.lock-timeout", guard.lockTimeout());
        real.put("fencing.reply-timeout", guard.replyTimeout());
        real.put("fencing.idle-in-transaction-timeout", guard.idleInTransactionTimeout());
        real.put("fencing.grants", guard.grants());

        real.forEach(
                (name, value) -> assertThat(documented(name, value)).as(name).isEqualTo(value));
        // those without a default have none in the library either
        assertThat(List.of("defaults.max-hold", "defaults.hold-at-least"))
                .allSatisfy(name ->
                        assertThat(property(name).has("defaultValue")).as(name).isFalse());
        assertThat(request.maxHold()).isEmpty();
        assertThat(request.holdAtLeast()).isEmpty();
    }

    @Test
    @DisplayName("hint at values where there are few, for properties that there are")
    void hint() {
        assertThat(HINTS).contains("reactive-lock.warm-up", "reactive-lock.fencing.initialize-schema");
        assertThat(HINTS)
                .allSatisfy(hint -> assertThat(PROPERTIES).containsKey(hint.replaceAll("\\.(keys|values)$", "")));
    }

    private static Object documented(String name, Object like) {
        JsonNode value = property(name).get("defaultValue");
        if (like instanceof Duration) {
            return DurationStyle.detectAndParse(value.asString());
        }
        return like instanceof Boolean ? (Object) value.asBoolean() : (Object) value.asInt();
    }

    private static JsonNode property(String name) {
        return Objects.requireNonNull(PROPERTIES.get("reactive-lock." + name), name);
    }
}
