package dev.parley.core.shard;

import java.nio.ByteBuffer;

/// A record as it stands in a log.
public final class Written {
    private final int type;
    private final long position;
    private final byte[] payload;

    public Written(int type, long position, byte[] payload) {
        this.type = type;
        this.position = position;
        this.payload = payload;
    }

    /// @param payload copied
    static Written of(int type, long position, ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return new Written(type, position, bytes);
    }

    public int type() {
        return type;
    }

    public long position() {
        return position;
    }

    public byte[] payload() {
        return payload;
    }
}
