package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// A disk in memory that keeps what is written apart from what is synced, can be full, and fails
/// when told to.
final class MemoryDisk implements Disk {
    private static final int SECTOR = 512;

    private static final class Inode {
        private byte[] written = new byte[0];
        private byte[] synced = new byte[0];
    }

    private final Map<String, Inode> names = new TreeMap<>();
    private Map<String, Inode> durableNames = new TreeMap<>();
    private long capacity = Long.MAX_VALUE;
    private int calls;
    private int failing = -1;
    private boolean broken;
    private int opened;
    private int open;
    private long read;

    /// What a crash leaves, if every sync was honest and nothing else reached the disk.
    MemoryDisk afterCrash() {
        MemoryDisk left = new MemoryDisk();
        durableNames.forEach((name, inode) -> left.put(name, inode.synced));
        return left;
    }

    /// What a crash may leave: of what was not synced any sectors, each of them whole or torn.
    MemoryDisk afterCrash(Random random) {
        MemoryDisk left = new MemoryDisk();
        Map<String, Inode> directory = random.nextBoolean() ? names : durableNames;
        directory.forEach((name, inode) -> left.put(name, torn(inode, random)));
        return left;
    }

    private static byte[] torn(Inode inode, Random random) {
        byte[] bytes = Arrays.copyOf(inode.synced, Math.max(inode.written.length, 0));
        for (int at = 0; at < bytes.length; at += SECTOR) {
            int length = Math.min(SECTOR, bytes.length - at);
            int reached =
                    switch (random.nextInt(3)) {
                        case 0 -> 0;
                        case 1 -> length;
                        default -> random.nextInt(length);
                    };
            System.arraycopy(inode.written, at, bytes, at, reached);
        }
        return bytes;
    }

    /// Everything as it was written, synced or not.
    MemoryDisk copy() {
        MemoryDisk left = new MemoryDisk();
        names.forEach((name, inode) -> left.put(name, inode.written));
        return left;
    }

    void put(String name, byte[] bytes) {
        Inode inode = new Inode();
        inode.written = bytes.clone();
        inode.synced = bytes.clone();
        names.put(name, inode);
        durableNames.put(name, inode);
    }

    byte[] bytes(String name) {
        return inode(name).written;
    }

    byte[] syncedBytes(String name) {
        return inode(name).synced;
    }

    /// Changes what is on the disk behind the log's back.
    void flip(String name, int at, int mask) {
        Inode inode = inode(name);
        inode.written[at] ^= (byte) mask;
        inode.synced = inode.written.clone();
    }

    void capacity(long bytes) {
        capacity = bytes;
    }

    /// Lets the call with that number, counted from now, and all later ones fail.
    void breakAt(int call) {
        calls = 0;
        failing = call;
    }

    void mend() {
        failing = -1;
        broken = false;
    }

    int calls() {
        return calls;
    }

    boolean broken() {
        return broken;
    }

    /// How often a file was opened.
    int opened() {
        return opened;
    }

    /// Bytes read so far.
    long read() {
        return read;
    }

    /// The files that must never go when something is damaged.
    List<String> kept() {
        return names.keySet().stream().filter(name -> !name.startsWith("spare-")).toList();
    }

    long used() {
        return names.values().stream().mapToLong(inode -> inode.written.length).sum();
    }

    private void call(String what) {
        if (broken || calls++ == failing) {
            broken = true;
            throw new DiskException(DiskException.Kind.FAILED, "cannot " + what + ": it is broken");
        }
    }

    private Inode inode(String name) {
        Inode inode = names.get(name);
        if (inode == null) {
            throw new DiskException(DiskException.Kind.FAILED, "no file " + name);
        }
        return inode;
    }

    @Override
    public File open(String name, boolean create) {
        call("open " + name);
        opened++;
        open++;
        if (create) {
            names.computeIfAbsent(name, missing -> new Inode());
        }
        return new Open(name, inode(name));
    }

    @Override
    public List<String> list() {
        call("list");
        return new ArrayList<>(names.keySet());
    }

    @Override
    public boolean exists(String name) {
        return names.containsKey(name);
    }

    @Override
    public void delete(String name) {
        call("delete " + name);
        names.remove(name);
    }

    @Override
    public void rename(String from, String to) {
        call("rename " + from);
        names.put(to, inode(from));
        names.remove(from);
    }

    @Override
    public void syncDirectory() {
        call("sync the directory");
        durableNames = new TreeMap<>(names);
    }

    /// How many files are open now.
    int open() {
        return open;
    }

    @Override
    public long usableBytes() {
        return capacity - used();
    }

    private final class Open implements File {
        private final String name;
        private final Inode inode;
        private boolean closed;

        Open(String name, Inode inode) {
            this.name = name;
            this.inode = inode;
        }

        private void call(String what) {
            MemoryDisk.this.call(what + " " + name);
            if (closed) {
                throw new IllegalStateException(name + " is closed");
            }
        }

        @Override
        public void write(ByteBuffer source, long at) {
            call("write");
            int end = (int) at + source.remaining();
            int more = Math.max(0, end - inode.written.length);
            if (more > capacity - used()) {
                throw new DiskException(DiskException.Kind.FULL, "no space for " + name);
            }
            if (more > 0) {
                inode.written = Arrays.copyOf(inode.written, end);
            }
            source.get(inode.written, (int) at, source.remaining());
        }

        @Override
        public int read(ByteBuffer target, long at) {
            call("read");
            int length = Math.clamp(inode.written.length - at, 0, target.remaining());
            if (length > 0) {
                target.put(inode.written, (int) at, length);
                read += length;
            }
            return length;
        }

        @Override
        public void sync() {
            call("sync");
            inode.synced = inode.written.clone();
        }

        @Override
        public long size() {
            return inode.written.length;
        }

        @Override
        public void truncate(long size) {
            call("truncate");
            if (size < inode.written.length) {
                inode.written = Arrays.copyOf(inode.written, (int) size);
            }
        }

        @Override
        public void close() {
            open -= closed ? 0 : 1;
            closed = true;
        }
    }
}
