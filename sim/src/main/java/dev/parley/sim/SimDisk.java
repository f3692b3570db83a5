package dev.parley.sim;

import dev.parley.core.log.Disk;
import dev.parley.core.log.DiskException;
import dev.parley.core.log.DiskException.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A disk in memory that does to files what a real one may do.
///
/// What was written and not synced is, sector by sector, kept or lost when the power fails; so are
/// creations, renames and deletions that no [#syncDirectory] followed. A sync that fails leaves
/// sectors that can be read but will never be written: a later sync does not help them. Any call
/// can be made to fail, or to be the last one before the power fails. When only the process dies,
/// everything written stays readable, and as durable as it was.
public final class SimDisk implements Disk {
    /// A change of the directory that is not yet durable.
    private record Change(@Nullable String from, @Nullable String to, SimFile file) {}

    /// What the next fault does.
    public enum Fault {
        FULL,
        FAILED,
        POWER_CUT
    }

    private final Dice dice;
    private final History history;
    private final TreeMap<String, SimFile> names = new TreeMap<>();
    private TreeMap<String, SimFile> durableNames = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private long capacity = Long.MAX_VALUE;
    private long calls;
    private long faultAt = -1;
    private Fault fault = Fault.FAILED;
    private int faultsLeft;
    private boolean bound;
    private long faults;

    public SimDisk(Dice dice, History history) {
        this.dice = dice;
        this.history = history;
    }

    // ---- what the simulation does to it

    /// The call after `more` others fails, and so do the `length` - 1 calls behind it.
    public void failIn(long more, Fault kind, int length) {
        if (bound) {
            return;
        }
        faultAt = calls + more + 1;
        fault = kind;
        faultsLeft = length;
    }

    /// Calls no longer fail; but one that is bound to fail does.
    public void failNoMore() {
        if (!bound || faultsLeft == 0) {
            faultAt = -1;
            faultsLeft = 0;
        }
    }

    /// One call fails, whatever comes before it.
    void bind(long call, Fault kind) {
        failIn(call, kind, 1);
        bound = true;
    }

    /// Calls that have failed so far.
    public long faults() {
        return faults;
    }

    void capacity(long bytes) {
        capacity = bytes;
    }

    long used() {
        long used = 0;
        for (SimFile file : names.values()) {
            used += file.size();
        }
        return used;
    }

    /// The power fails: what was not synced is kept, lost or torn.
    public void losePower() {
        failNoMore();
        TreeMap<String, SimFile> kept = new TreeMap<>(durableNames);
        int mode = dice.below(4);
        int until = dice.below(changes.size() + 1);
        for (int i = 0; i < changes.size(); i++) {
            boolean stays =
                    switch (mode) {
                        case 0 -> false;
                        case 1 -> true;
                        case 2 -> i < until;
                        default -> dice.oneIn(2);
                    };
            if (stays) {
                apply(changes.get(i), kept);
            }
        }
        changes.clear();
        names.clear();
        names.putAll(kept);
        durableNames = kept;
        for (SimFile file : names.values()) {
            file.losePower(dice);
        }
        history.note(1, names.size(), () -> "power lost; files now " + names.keySet());
    }

    /// Flips one bit of a file, in a place that `allowed` says may be hit; returns whether it did.
    boolean flip(SimFile file, long generation) {
        int at = file.durableBefore(generation, dice);
        if (at < 0) {
            return false;
        }
        int bit = dice.below(8);
        file.flip(at, bit);
        history.note(
                2, at, () -> "bit " + bit + " of byte " + at + " of " + nameOf(file) + " flipped");
        return true;
    }

    Map<String, SimFile> files() {
        return names;
    }

    private String nameOf(SimFile file) {
        return names.entrySet().stream()
                .filter(one -> one.getValue() == file)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("(deleted)");
    }

    private static void apply(Change change, Map<String, SimFile> to) {
        if (change.from() != null && !to.remove(change.from(), change.file())) {
            return; // what it builds on was lost
        }
        if (change.to() != null) {
            to.put(change.to(), change.file());
        }
    }

    private void change(@Nullable String from, @Nullable String to, SimFile file) {
        Change change = new Change(from, to, file);
        changes.add(change);
        apply(change, names);
    }

    /// Counts a call; returns the fault that strikes it, or null.
    private @Nullable Fault strike(String what) {
        calls++;
        if (faultAt < 0 || calls < faultAt || faultsLeft == 0) {
            return null;
        }
        faultsLeft--;
        faults++;
        history.note(3, calls, () -> fault + " at call " + calls + ": " + what);
        return fault;
    }

    private void attempt(String what) {
        Fault struck = strike(what);
        if (struck != null) {
            throw failure(struck, what);
        }
    }

    private static RuntimeException failure(Fault fault, String what) {
        return switch (fault) {
            case FULL -> new DiskException(Kind.FULL, "cannot " + what + ": no space left");
            case FAILED -> new DiskException(Kind.FAILED, "cannot " + what + ": I/O error");
            case POWER_CUT -> throw new PowerCut();
        };
    }

    // ---- the port

    @Override
    public File open(String name, boolean create) {
        attempt("open " + name);
        SimFile file = names.get(name);
        if (file == null) {
            if (!create) {
                throw new DiskException(Kind.FAILED, "cannot open " + name + ": no such file");
            }
            file = new SimFile();
            change(null, name, file);
        }
        return new Open(name, file);
    }

    @Override
    public List<String> list() {
        attempt("list");
        return List.copyOf(names.keySet());
    }

    @Override
    public boolean exists(String name) {
        return names.containsKey(name);
    }

    @Override
    public void delete(String name) {
        attempt("delete " + name);
        SimFile file = names.get(name);
        if (file != null) {
            history.note(4, name.hashCode(), () -> "delete " + name);
            change(name, null, file);
        }
    }

    @Override
    public void rename(String from, String to) {
        attempt("rename " + from + " to " + to);
        SimFile file = names.get(from);
        if (file == null) {
            throw new DiskException(Kind.FAILED, "cannot rename " + from + ": no such file");
        }
        history.note(5, to.hashCode(), () -> "rename " + from + " to " + to);
        change(from, to, file);
    }

    @Override
    public void syncDirectory() {
        attempt("sync the directory");
        durableNames = new TreeMap<>(names);
        changes.clear();
    }

    @Override
    public long usableBytes() {
        attempt("measure");
        return Math.max(0, capacity - used());
    }

    private final class Open implements File {
        private final String name;
        private final SimFile file;

        Open(String name, SimFile file) {
            this.name = name;
            this.file = file;
        }

        @Override
        public void write(ByteBuffer source, long at) {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            Fault struck = strike("write " + name);
            int length = struck == null ? bytes.length : dice.below(bytes.length + 1);
            long growth = Math.max(0, at + length - file.size());
            if (growth > 0 && capacity - used() < growth) {
                throw failure(Fault.FULL, "write " + name);
            }
            file.write((int) at, bytes, length);
            history.note(6, at + length, () -> "write " + length + " at " + at + " of " + name);
            if (struck != null) {
                throw failure(struck, "write " + name);
            }
        }

        @Override
        public int read(ByteBuffer target, long at) {
            attempt("read " + name);
            return file.read(target, (int) at);
        }

        @Override
        public void sync() {
            Fault struck = strike("sync " + name);
            if (struck != null) {
                file.syncInPart(dice);
                throw failure(struck, "sync " + name);
            }
            file.sync(generation);
            history.note(7, name.hashCode(), () -> "sync " + name);
        }

        @Override
        public long size() {
            attempt("size of " + name);
            return file.size();
        }

        @Override
        public void truncate(long size) {
            attempt("truncate " + name);
            file.truncate((int) size);
        }

        @Override
        public void close() {
            // Nothing depends on it.
        }
    }

    private long generation;

    /// Syncs from now on belong to this generation.
    public void generation(long number) {
        generation = number;
    }
}
