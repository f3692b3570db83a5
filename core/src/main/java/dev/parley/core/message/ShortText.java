package dev.parley.core.message;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/// A short string: at most 255 bytes with their number in front, UTF-8 by agreement.
///
/// Clients put other bytes into names and correlation ids too, and RabbitMQ hands them on as they
/// are. So does this: a byte that is no part of valid UTF-8 becomes one lone low surrogate (U+DC00
/// plus the byte) and becomes that byte again when written. Valid UTF-8 never holds a lone
/// surrogate, so no two byte strings read alike, and none grows between reading and writing.
public final class ShortText {
    public static final int BYTES_MAX = 255;

    private static final int ESCAPE = 0xDC00;

    private ShortText() {}

    /// Reads the length and the bytes.
    public static String read(ByteBuffer in) {
        int length = Byte.toUnsignedInt(FieldCodec.need(in, 1).get());
        if (length == 0) {
            return "";
        }
        byte[] bytes = new byte[length];
        FieldCodec.need(in, length).get(bytes);
        return decoded(bytes);
    }

    /// Writes the length and the bytes.
    ///
    /// @throws IllegalArgumentException if there are more than [#BYTES_MAX] bytes
    public static void write(ByteBuffer out, String text) {
        int size = size(text);
        if (size > BYTES_MAX) {
            throw new IllegalArgumentException("a short string has at most 255 bytes, not " + size);
        }
        out.put((byte) size);
        if (!isAscii(text)) {
            out.put(bytes(text));
            return;
        }
        for (int i = 0; i < size; i++) {
            out.put((byte) text.charAt(i));
        }
    }

    /// The bytes that a text takes, without a length in front.
    public static int size(String text) {
        return isAscii(text) ? text.length() : bytes(text).length;
    }

    /// Whether it takes one byte a character, so that nothing need be made to know or write them.
    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7F) {
                return false;
            }
        }
        return true;
    }

    /// Text for these bytes, any bytes.
    public static String decoded(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return decodedWide(bytes);
            }
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String decodedWide(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (result.isUnderflow()) {
                return out.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (ESCAPE + Byte.toUnsignedInt(in.get())));
            }
        }
    }

    /// The bytes of a text, without a length in front.
    public static byte[] bytes(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return bytesWide(text);
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytesWide(String text) {
        ByteBuffer out = ByteBuffer.allocate(text.length() * 3);
        int at = 0;
        while (at < text.length()) {
            int code = text.codePointAt(at);
            at += Character.charCount(code);
            if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xFF) {
                out.put((byte) (code - ESCAPE));
            } else {
                out.put(Character.toString(code).getBytes(StandardCharsets.UTF_8));
            }
        }
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }
}
