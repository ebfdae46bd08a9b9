package io.reactivelock;

import java.util.HexFormat;

/**
 * Who holds a lock: 128 bits, new for every subscription of an acquire. Never a thread and never a process, so a lease can move
 * between threads, and a request that reaches the backend twice is recognised as the same request.
 *
 * <p>A value, safe for use by several threads.
 *
 * @param high the upper 64 bits
 * @param low the lower 64 bits
 */
public record Holder(long high, long low) {
    private static final int HEX_LENGTH = 32;
    private static final HexFormat HEX = HexFormat.of();

    /**
     * Reads what {@link #toString()} wrote.
     *
     * @param text 32 hexadecimal digits
     * @return the holder
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Holder parse(String text) {
        if (text.length() != HEX_LENGTH) {
            throw new IllegalArgumentException(
                    "a holder is 32 hexadecimal digits, not " + text.length() + " characters");
        }
        return new Holder(
                HexFormat.fromHexDigitsToLong(text, 0, HEX_LENGTH / 2),
                HexFormat.fromHexDigitsToLong(text, HEX_LENGTH / 2, HEX_LENGTH));
    }

    /** Returns 32 lower-case hexadecimal digits. */
    @Override
    public String toString() {
        return HEX.toHexDigits(high) + HEX.toHexDigits(low);
    }
}
