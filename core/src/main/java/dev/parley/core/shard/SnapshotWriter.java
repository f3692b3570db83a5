package dev.parley.core.shard;

import dev.parley.core.log.Log.LiveSegment;
import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A growing buffer that a machine writes its state to, and the count of what that state keeps
/// alive in the log.
public final class SnapshotWriter {
    private ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    private final Map<Long, Long> live = new TreeMap<>();

    public SnapshotWriter putByte(int value) {
        room(1).put((byte) value);
        return this;
    }

    public SnapshotWriter putInt(int value) {
        room(4).putInt(value);
        return this;
    }

    public SnapshotWriter putLong(long value) {
        room(8).putLong(value);
        return this;
    }

    /// A length (4 bytes) and the UTF-8 bytes.
    public SnapshotWriter putText(String value) {
        return putBytes(ShortText.bytes(value));
    }

    /// A length (4 bytes) and the bytes.
    public SnapshotWriter putBytes(byte[] value) {
        room(4 + value.length).putInt(value.length).put(value);
        return this;
    }

    /// Room for `bytes` more, as a buffer to fill at its position.
    public ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int needed = Math.addExact(buffer.position(), bytes);
            ByteBuffer larger = ByteBuffer.allocate(Math.max(needed, buffer.capacity() * 2));
            buffer = larger.put(buffer.flip());
        }
        return buffer;
    }

    /// Says that the state refers to `bytes` of `segment`.
    public void keep(long segment, long bytes) {
        live.merge(segment, bytes, Long::sum);
    }

    ByteBuffer state() {
        return buffer.flip();
    }

    List<LiveSegment> live() {
        List<LiveSegment> segments = new ArrayList<>(live.size());
        live.forEach((segment, bytes) -> segments.add(new LiveSegment(segment, bytes)));
        return segments;
    }
}
