package dev.parley.front.mqtt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.function.Consumer;

/// Bytes as the specification's tables write them: hexadecimal, with text in quotes.
final class Hex {
    private Hex() {}

    /// `10 0c "MQTT"` and the like.
    static ByteBuffer bytes(String text) {
        ByteBuffer out = ByteBuffer.allocate(text.length() * 4);
        String[] parts = text.split("\"", -1);
        for (int i = 0; i < parts.length; i++) {
            if (i % 2 == 1) {
                out.put(parts[i].getBytes(StandardCharsets.UTF_8));
            } else {
                out.put(HexFormat.of().parseHex(parts[i].replaceAll("\\s", "")));
            }
        }
        return out.flip();
    }

    static String of(ByteBuffer bytes) {
        byte[] raw = new byte[bytes.remaining()];
        bytes.get(bytes.position(), raw);
        return HexFormat.of().formatHex(raw);
    }

    /// What a writer holds, which is empty then.
    static String drained(Consumer<Consumer<ByteBuffer>> drain) {
        StringBuilder all = new StringBuilder();
        drain.accept(part -> all.append(of(part)));
        return all.toString();
    }
}
