package dev.parley.node;

import dev.parley.core.log.Disk;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// A disk whose syncs, from some time on, wait until they are let through, thread by thread.
final class GatedDisk implements Disk {
    private final Disk disk;
    private final Map<String, Semaphore> gates = new ConcurrentHashMap<>();
    private volatile boolean closed;

    GatedDisk(Disk disk) {
        this.disk = disk;
    }

    /// From now on syncs wait.
    void close() {
        closed = true;
    }

    /// From now on they do not, nor does who waits.
    void open() {
        closed = false;
        gates.values().forEach(gate -> gate.release(Integer.MAX_VALUE / 2));
    }

    boolean waits(String thread) {
        Semaphore gate = gates.get(thread);
        return gate != null && gate.hasQueuedThreads();
    }

    /// Lets one sync of a thread go.
    void pass(String thread) {
        gate(thread).release();
    }

    private Semaphore gate(String thread) {
        return gates.computeIfAbsent(thread, _ -> new Semaphore(0));
    }

    private final class GatedFile implements Disk.File {
        private final Disk.File file;

        GatedFile(Disk.File file) {
            this.file = file;
        }

        @Override
        public void sync() {
            if (closed) {
                gate(Thread.currentThread().getName()).acquireUninterruptibly();
            }
            file.sync();
        }

        @Override
        public void write(ByteBuffer source, long at) {
            file.write(source, at);
        }

        @Override
        public int read(ByteBuffer target, long at) {
            return file.read(target, at);
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public void truncate(long size) {
            file.truncate(size);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    @Override
    public Disk.File open(String name, boolean create) {
        return new GatedFile(disk.open(name, create));
    }

    @Override
    public List<String> list() {
        return disk.list();
    }

    @Override
    public boolean exists(String name) {
        return disk.exists(name);
    }

    @Override
    public void delete(String name) {
        disk.delete(name);
    }

    @Override
    public void rename(String from, String to) {
        disk.rename(from, to);
    }

    @Override
    public void syncDirectory() {
        disk.syncDirectory();
    }

    @Override
    public long usableBytes() {
        return disk.usableBytes();
    }
}
