package dev.parley.bench.load;

import java.util.Arrays;
import java.util.Locale;

/// A publish, encoded once: method, header and body frames.
///
/// The body begins with eight bytes for a stamp; the routing key may end in digits that change.
final class Template {

    /// Digits at the end of a routing key that changes.
    static final int DIGITS = 5;

    private static final int PUBLISH = Frames.code(60, 40);
    private static final int BASIC = 60;
    private static final int DELIVERY_MODE = 0x1000;
    private static final int FLAGS_BYTES = 1;

    private final byte[] encoded;
    private final int keyEnd;
    private final int bodyAt;

    Template(String exchange, String key, int bytes, boolean persistent) {
        byte[] method =
                Frames.method(
                        Link.CHANNEL,
                        PUBLISH,
                        out -> {
                            out.writeShort(0);
                            Frames.shortString(out, exchange);
                            Frames.shortString(out, key);
                            out.writeByte(0);
                        });
        byte[] header =
                Frames.frame(
                        Frames.HEADER,
                        Link.CHANNEL,
                        out -> {
                            out.writeShort(BASIC);
                            out.writeShort(0);
                            out.writeLong(bytes);
                            out.writeShort(DELIVERY_MODE);
                            out.writeByte(persistent ? 2 : 1);
                        });
        keyEnd = method.length - 1 - FLAGS_BYTES;
        bodyAt = method.length + header.length + Frames.HEAD;
        encoded =
                Frames.bytes(out -> {
                    out.write(method);
                    out.write(header);
                    int most = Link.FRAME_MAX - Frames.OVERHEAD;
                    for (int from = 0; from < bytes; from += most) {
                        byte[] piece = new byte[Math.min(most, bytes - from)];
                        Arrays.fill(piece, (byte) 'x');
                        out.write(
                                Frames.frame(Frames.BODY, Link.CHANNEL, body -> body.write(piece)));
                    }
                });
    }

    byte[] encoded() {
        return encoded;
    }

    int size() {
        return encoded.length;
    }

    /// Where the stamp stands.
    int bodyAt() {
        return bodyAt;
    }

    /// Behind the last byte of the routing key.
    int keyEnd() {
        return keyEnd;
    }

    /// A number as the digits that a changing key ends in.
    static String digits(int number) {
        return String.format(Locale.ROOT, "%0" + DIGITS + "d", number);
    }
}
