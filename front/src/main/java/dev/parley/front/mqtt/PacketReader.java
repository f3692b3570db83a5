package dev.parley.front.mqtt;

import java.nio.ByteBuffer;

/// Cuts a stream of bytes into control packets (2.1); trusts no length.
final class PacketReader {
    /// Who takes the packets.
    interface Sink {
        /// Whether no packet can be taken now.
        boolean paused();

        /// Whether the packet that begins with this byte has to wait, and all behind it.
        boolean holds(int firstByte);

        /// @param firstByte type and flags
        /// @param body what follows the length
        void onPacket(int firstByte, ByteBuffer body);
    }

    private static final int UNKNOWN = -1;

    private int max;
    private boolean strict;

    /// @param max largest packet, all its bytes counted
    PacketReader(int max) {
        this.max = max;
    }

    /// What holds once the client has said who it is.
    ///
    /// @param minimal whether lengths must be written as short as they can be
    void speak(int largest, boolean minimal) {
        max = largest;
        strict = minimal;
    }

    /// The bytes that the packet at the front needs in all, as far as can be told.
    static int needed(ByteBuffer in) {
        int start = in.position();
        for (int i = 1, value = 0; i <= 4 && i < in.remaining(); i++) {
            int b = in.get(start + i);
            value |= (b & 0x7F) << (7 * (i - 1));
            if (b >= 0) {
                return 1 + i + value;
            }
        }
        return 5;
    }

    /// Gives every whole packet in `in` to `sink` and leaves the rest.
    ///
    /// @throws MqttException nothing can be read after it
    void read(ByteBuffer in, Sink sink) {
        while (!sink.paused() && in.remaining() >= 2) {
            int start = in.position();
            int head = head(in);
            if (head == UNKNOWN) {
                return;
            }
            int length = lengthOf(in, head);
            if (head + length > max) {
                throw new MqttException(
                        ReasonCode.PACKET_TOO_LARGE,
                        "a packet of %d bytes where %d are allowed".formatted(head + length, max));
            }
            if (in.remaining() < head + length) {
                return;
            }
            if (sink.holds(in.get(start) & 0xFF)) {
                return;
            }
            in.position(start + head + length);
            sink.onPacket(in.get(start) & 0xFF, in.slice(start + head, length));
        }
    }

    /// The bytes before the body, or [#UNKNOWN] while they are not all there.
    private static int head(ByteBuffer in) {
        int start = in.position();
        for (int i = 1; i <= 4; i++) {
            if (i >= in.remaining()) {
                return UNKNOWN;
            }
            if (in.get(start + i) >= 0) {
                return i + 1;
            }
        }
        throw MqttException.malformed("a length of more than four bytes");
    }

    private int lengthOf(ByteBuffer in, int head) {
        int start = in.position();
        int value = 0;
        for (int i = 1; i < head; i++) {
            value |= (in.get(start + i) & 0x7F) << (7 * (i - 1));
        }
        if (strict && head > 2 && in.get(start + head - 1) == 0) {
            throw MqttException.malformed("a length longer than it needs to be");
        }
        return value;
    }
}
