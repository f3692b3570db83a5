package dev.parley.sim;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;

/// One file of a [SimDisk]: what can be read, and what would still be there without power.
final class SimFile {
    private static final int SECTOR = 512;

    private byte[] visible = new byte[0];
    private byte[] durable = new byte[0];
    private long[] syncedIn = new long[0];
    private int size;
    private int durableSize;

    /// Sectors that the next sync writes.
    private final BitSet dirty = new BitSet();

    /// Sectors that a failed sync has given up: readable, and never written.
    private final BitSet stranded = new BitSet();

    int size() {
        return size;
    }

    void write(int at, byte[] bytes, int length) {
        if (length == 0) {
            return;
        }
        reserve(at + length);
        System.arraycopy(bytes, 0, visible, at, length);
        size = Math.max(size, at + length);
        int first = at / SECTOR;
        int last = (at + length - 1) / SECTOR + 1;
        dirty.set(first, last);
        stranded.clear(first, last);
    }

    private void reserve(int bytes) {
        if (visible.length < bytes) {
            int room = (Math.max(bytes, visible.length * 2) + SECTOR - 1) / SECTOR * SECTOR;
            visible = Arrays.copyOf(visible, room);
            durable = Arrays.copyOf(durable, room);
            syncedIn = Arrays.copyOf(syncedIn, room / SECTOR);
        }
    }

    int read(ByteBuffer target, int at) {
        int length = Math.max(0, Math.min(target.remaining(), size - at));
        target.put(visible, Math.min(at, visible.length), length);
        return length;
    }

    void truncate(int to) {
        if (to < size) {
            Arrays.fill(visible, to, size, (byte) 0);
            dirty.set(to / SECTOR, (size + SECTOR - 1) / SECTOR);
        }
        reserve(to);
        size = to;
    }

    void sync(long generation) {
        dirty.stream()
                .forEach(sector -> {
                    keep(sector);
                    syncedIn[sector] = generation;
                });
        dirty.clear();
        durableSize = size;
    }

    /// A sync that failed half-way.
    void syncInPart(Dice dice) {
        dirty.stream()
                .forEach(sector -> {
                    if (dice.oneIn(2)) {
                        keep(sector);
                    } else {
                        stranded.set(sector);
                    }
                });
        dirty.clear();
    }

    private void keep(int sector) {
        int at = sector * SECTOR;
        System.arraycopy(visible, at, durable, at, SECTOR);
    }

    void losePower(Dice dice) {
        int mode = dice.below(4);
        dirty.or(stranded);
        int until = dirty.isEmpty() ? 0 : dice.below(dirty.length() + 1);
        int[] end = {durableSize};
        dirty.stream()
                .forEach(sector -> {
                    boolean stays =
                            switch (mode) {
                                case 0 -> false;
                                case 1 -> true;
                                case 2 -> sector < until;
                                default -> dice.oneIn(2);
                            };
                    if (stays) {
                        keep(sector);
                        end[0] = Math.max(end[0], Math.min(size, (sector + 1) * SECTOR));
                    }
                });
        dirty.clear();
        stranded.clear();
        durableSize = mode == 1 ? size : end[0];
        size = durableSize;
        System.arraycopy(durable, 0, visible, 0, visible.length);
    }

    /// A byte that was made durable before `generation`, or -1 if there is none.
    int durableBefore(long generation, Dice dice) {
        int sectors = durableSize / SECTOR;
        if (sectors == 0) {
            return -1;
        }
        int from = dice.below(sectors);
        for (int i = 0; i < sectors; i++) {
            int sector = (from + i) % sectors;
            if (syncedIn[sector] != 0 && syncedIn[sector] < generation) {
                return sector * SECTOR + dice.below(SECTOR);
            }
        }
        return -1;
    }

    void flip(int at, int bit) {
        durable[at] ^= (byte) (1 << bit);
        visible[at] ^= (byte) (1 << bit);
    }
}
