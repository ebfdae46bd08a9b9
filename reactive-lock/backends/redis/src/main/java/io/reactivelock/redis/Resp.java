package io.reactivelock.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactivelock.Holder;

/**
 * Writes the arguments of a command in the protocol of Redis, without an object for each and in few steps, for each step is checked
 * by the buffer: this is the hot path.
 */
final class Resp {
    private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

    private Resp() {}

    static void string(ByteBuf out, byte[] text) {
        length(out, text.length);
        out.writeBytes(text);
        end(out);
    }

    /** One argument of two parts. */
    static void string(ByteBuf out, byte[] head, byte[] tail) {
        length(out, head.length + tail.length);
        out.writeBytes(head).writeBytes(tail);
        end(out);
    }

    static void number(ByteBuf out, long number) {
        if (number >= 0 && number < 10) {
            length(out, 1);
            out.writeByte('0' + (int) number);
        } else {
            String digits = Long.toString(number);
            length(out, digits.length());
            ByteBufUtil.writeAscii(out, digits);
        }
        end(out);
    }

    /** As {@link Holder#toString()} has it. */
    static void holder(ByteBuf out, Holder holder) {
        length(out, 32);
        hex(out, holder.high());
        hex(out, holder.low());
        end(out);
    }

    private static void hex(ByteBuf out, long bits) {
        hex(out, (int) (bits >>> 32));
        hex(out, (int) bits);
    }

    /** Eight digits, which are as long as a long. */
    private static void hex(ByteBuf out, int bits) {
        long digits = 0;
        for (int shift = 28; shift >= 0; shift -= 4) {
            digits = digits << 8 | HEX[bits >>> shift & 0xf];
        }
        out.writeLong(digits);
    }

    private static void length(ByteBuf out, int length) {
        out.writeByte('$');
        if (length < 10) {
            out.writeByte('0' + length);
        } else {
            ByteBufUtil.writeAscii(out, Integer.toString(length));
        }
        end(out);
    }

    private static void end(ByteBuf out) {
        out.writeShort('\r' << 8 | '\n');
    }
}
