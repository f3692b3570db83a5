package dev.parley.front.mqtt;

import java.nio.ByteBuffer;

/// Numbers of one to four bytes, seven bits in each (1.5.5).
final class VariableInt {
    static final int MAX = 268_435_455;

    private VariableInt() {}

    static int size(int value) {
        if (value < 128) {
            return 1;
        }
        return value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
    }

    static void write(ByteBuffer out, int value) {
        int left = value;
        while (left >= 128) {
            out.put((byte) (left | 0x80));
            left >>>= 7;
        }
        out.put((byte) left);
    }

    /// Reads one that stands inside a packet of MQTT 5.
    static int read(ByteBuffer in) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            if (!in.hasRemaining()) {
                throw MqttException.malformed("a number is cut short");
            }
            int b = in.get();
            value |= (b & 0x7F) << (7 * i);
            if (b >= 0) {
                if (b == 0 && i > 0) {
                    throw MqttException.malformed("a number longer than it needs to be");
                }
                return value;
            }
        }
        throw MqttException.malformed("a number of more than four bytes");
    }
}
