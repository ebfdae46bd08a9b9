package io.reactivelock.redis;

import io.reactivelock.NativeImageHints;
import java.io.IOException;
import java.net.URISyntaxException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RedisNativeImageTest {
    @Test
    @DisplayName("a native image keeps each script")
    void resources() throws IOException, URISyntaxException {
        NativeImageHints.nameAllResources(RedisScript.class, "reactive-lock-redis");
    }
}
