package dev.parley.bench.jmh;

import dev.parley.core.log.Disk;
import java.nio.ByteBuffer;
import java.util.List;

/// A disk that takes everything, copies it once, and forgets it: what is measured over it is what
/// the log costs without a disk.
final class ForgetfulDisk implements Disk {
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(1 << 20);

    @Override
    public File open(String name, boolean create) {
        return new Open();
    }

    @Override
    public List<String> list() {
        return List.of();
    }

    @Override
    public boolean exists(String name) {
        return false;
    }

    @Override
    public void delete(String name) {
        // There is nothing.
    }

    @Override
    public void rename(String from, String to) {
        // There is nothing.
    }

    @Override
    public void syncDirectory() {
        // There is nothing.
    }

    @Override
    public long usableBytes() {
        return Long.MAX_VALUE;
    }

    private final class Open implements File {
        @Override
        public void write(ByteBuffer source, long at) {
            while (source.hasRemaining()) {
                int length = Math.min(source.remaining(), scratch.capacity());
                scratch.put(0, source, source.position(), length);
                source.position(source.position() + length);
            }
        }

        @Override
        public int read(ByteBuffer target, long at) {
            return 0;
        }

        @Override
        public void sync() {
            // There is nothing.
        }

        @Override
        public long size() {
            return 0;
        }

        @Override
        public void truncate(long size) {
            // There is nothing.
        }

        @Override
        public void close() {
            // There is nothing.
        }
    }
}
