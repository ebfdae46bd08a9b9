package io.reactivelock.fencing.postgresql;

import io.reactivelock.NativeImageHints;
import java.io.IOException;
import java.net.URISyntaxException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PostgresNativeImageTest {
    @Test
    @DisplayName("a native image keeps the SQL")
    void resources() throws IOException, URISyntaxException {
        NativeImageHints.nameAllResources(FenceSql.class, "fencing-guard-postgresql");
    }
}
