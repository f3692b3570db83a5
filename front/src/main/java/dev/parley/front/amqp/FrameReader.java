package dev.parley.front.amqp;

import java.nio.ByteBuffer;

/// Cuts a stream of bytes into frames (AMQP 0-9-1, 4.2.3); allocates nothing and trusts no length.
///
/// A large body frame is given part by part as it comes, so that nobody has to keep it until it is
/// whole; the last part is not given before the frame's end is seen to be right.
final class FrameReader {
    static final int OVERHEAD = 8;
    private static final int HEAD = 7;
    private static final int BODY = 3;

    /// The smallest payload that is given in parts.
    private static final int LARGE = 16 << 10;

    private static final int END = 0xCE;
    private static final byte[] PROTOCOL = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    private boolean greeted;
    private long frameMax = 131_072;

    /// What is still to come of the payload of a frame that is given in parts, and its channel.
    private int partLeft;

    private int partChannel;

    /// Largest frame that is accepted, all octets counted; 0 for no bound but the reader's own.
    void frameMax(long octets) {
        frameMax = octets;
    }

    /// The bytes that the frame at the front needs in all before any of it is taken, as far as can
    /// be told.
    int needed(ByteBuffer in) {
        if (!greeted) {
            return PROTOCOL.length;
        }
        if (partLeft > 0) {
            return 2;
        }
        if (in.remaining() < HEAD) {
            return HEAD;
        }
        long size = Integer.toUnsignedLong(in.getInt(in.position() + 3));
        return (int) Math.min(size + OVERHEAD, Integer.MAX_VALUE);
    }

    /// Gives every whole frame in `in` to `sink` and leaves the rest.
    ///
    /// @throws AmqpException FRAME_ERROR; nothing can be read after it
    void read(ByteBuffer in, FrameSink sink) {
        if (!greeted && !greet(in, sink)) {
            return;
        }
        if (partLeft > 0 && (sink.paused() || !givePart(in, sink))) {
            return;
        }
        while (!sink.paused() && in.remaining() >= HEAD) {
            int start = in.position();
            int type = in.get(start);
            long size = Integer.toUnsignedLong(in.getInt(start + 3));
            if (size + OVERHEAD > frameMax) {
                throw new AmqpException(
                        ReplyCode.FRAME_ERROR,
                        "frame of %d octets where %d are allowed"
                                .formatted(size + OVERHEAD, frameMax));
            }
            int channel = Short.toUnsignedInt(in.getShort(start + 1));
            if (in.remaining() < size + OVERHEAD) {
                if (type == BODY && size >= LARGE) {
                    in.position(start + HEAD);
                    partChannel = channel;
                    partLeft = (int) size;
                    givePart(in, sink);
                }
                return;
            }
            int length = (int) size;
            checkEnd(in, start + HEAD + length);
            if (type == 1 && length >= 4 && sink.holds(channel, in.getInt(start + HEAD))) {
                return;
            }
            give(type, channel, in, start + HEAD, length, sink);
        }
    }

    private static void checkEnd(ByteBuffer in, int at) {
        if ((in.get(at) & 0xFF) != END) {
            throw new AmqpException(ReplyCode.FRAME_ERROR, "frame without its end octet");
        }
    }

    /// Gives what is there of the frame that is given in parts; returns whether that was the last.
    private boolean givePart(ByteBuffer in, FrameSink sink) {
        int from = in.position();
        int left = partLeft;
        boolean last = in.remaining() > left;
        int length = last ? left : Math.min(in.remaining(), left - 1);
        partLeft = left - length;
        if (last) {
            checkEnd(in, from + length);
        }
        if (length > 0) {
            int limit = in.limit();
            in.limit(from + length);
            try {
                sink.onBody(partChannel, in, partLeft);
            } finally {
                in.limit(limit).position(from + length + (last ? 1 : 0));
            }
        }
        return last;
    }

    /// Shows the sink nothing of the input but the frame's payload, and goes on behind the frame
    /// whatever the sink has read of it.
    private static void give(
            int type, int channel, ByteBuffer in, int from, int length, FrameSink sink) {
        int limit = in.limit();
        in.limit(from + length).position(from);
        try {
            give(type, channel, in, sink);
        } finally {
            in.limit(limit).position(from + length + 1);
        }
    }

    private boolean greet(ByteBuffer in, FrameSink sink) {
        int known = Math.min(in.remaining(), PROTOCOL.length);
        for (int i = 0; i < known; i++) {
            if (in.get(in.position() + i) != PROTOCOL[i]) {
                in.position(in.limit());
                sink.onProtocolHeader(false);
                return false;
            }
        }
        if (known < PROTOCOL.length) {
            return false;
        }
        in.position(in.position() + PROTOCOL.length);
        greeted = true;
        sink.onProtocolHeader(true);
        return true;
    }

    private static void give(int type, int channel, ByteBuffer payload, FrameSink sink) {
        switch (type) {
            case 1 -> {
                if (payload.remaining() < 4) {
                    throw new AmqpException(ReplyCode.FRAME_ERROR, "method frame without a method");
                }
                sink.onMethod(channel, payload.getInt(), payload);
            }
            case 2 -> {
                if (payload.remaining() < 14) {
                    throw new AmqpException(ReplyCode.FRAME_ERROR, "header frame cut short");
                }
                int classId = Short.toUnsignedInt(payload.getShort());
                payload.getShort();
                long size = payload.getLong();
                sink.onContentHeader(channel, classId, size, payload);
            }
            case BODY -> sink.onBody(channel, payload, 0);
            case 8 -> sink.onHeartbeat(channel);
            default ->
                    throw new AmqpException(
                            ReplyCode.FRAME_ERROR, "frame of unknown type " + (type & 0xFF));
        }
    }
}
