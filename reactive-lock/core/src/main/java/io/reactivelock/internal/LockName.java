package io.reactivelock.internal;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The one place that says what a lock name is. */
public final class LockName {
    static final int MAX_BYTES = 512;

    private LockName() {}

    public static String require(String name) {
        Objects.requireNonNull(name, "lock name");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a lock name has 1 to " + MAX_BYTES + " bytes of UTF-8, not 0");
        }
        for (int i = 0; i < name.length(); i++) {
            if (Character.isISOControl(name.charAt(i))) {
                throw new IllegalArgumentException("a lock name has no control characters; there is one at index " + i);
            }
        }
        int bytes = utf8Length(name);
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException("a lock name has 1 to " + MAX_BYTES + " bytes of UTF-8, not " + bytes);
        }
        return name;
    }

    private static int utf8Length(String name) {
        try {
            // a fresh encoder reports an unpaired surrogate; String.getBytes would replace it, and two names would
            // share a lock
            return StandardCharsets.UTF_8
                    .newEncoder()
                    .encode(CharBuffer.wrap(name))
                    .remaining();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a lock name is valid Unicode; this one has an unpaired surrogate", e);
        }
    }
}
