package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads old records for the log. It has a thread of its own, so that nobody who waits for a
/// message waits for a snapshot or a spare segment to be written.
///
/// Driven by one thread through [#turn]; requests come from the event loop, answers go back to it
/// as news.
public final class LogReader {
    /// A message is put aside for ever when it cannot be read, so one error is not enough for that.
    private static final int TRIES = 4;

    /// Segments that stay open.
    private static final int FILES = 8;

    private static final int READS_OF_A_TURN = 64;

    private record Read(long position, int size, Consumer<@Nullable LogBlock> answer) {}

    private final Disk disk;
    private final int segmentBytes;
    private final Consumer<Runnable> tell;
    private final Consumer<DiskException> note;
    private final Runnable wake;
    private final Handover<Read> reads = new Handover<>();
    private final Handover<String> gone = new Handover<>();
    private final LinkedHashMap<String, Disk.File> files = new LinkedHashMap<>();

    /// @param tell runs something on the event loop
    /// @param note is told of every error; any thread
    /// @param wake makes sure that [#turn] is called soon; any thread
    LogReader(
            Disk disk,
            int segmentBytes,
            Consumer<Runnable> tell,
            Consumer<DiskException> note,
            Runnable wake) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.tell = tell;
        this.note = note;
        this.wake = wake;
    }

    /// @param size a hint: at least the whole record at `position` arrives
    /// @param answer runs on the event loop, with null when that record cannot be had
    void read(long position, int size, Consumer<@Nullable LogBlock> answer) {
        reads.offer(new Read(position, size, answer));
        wake.run();
    }

    /// The file has gone, or serves as another: it need not stay open. Any thread.
    void forget(String name) {
        gone.offer(name);
        wake.run();
    }

    /// Does what is waiting; returns whether there was anything.
    public boolean turn() {
        String name;
        while ((name = gone.poll()) != null) {
            Disk.File open = files.remove(name);
            if (open != null) {
                try {
                    open.close();
                } catch (DiskException e) {
                    note.accept(e);
                }
            }
        }
        for (int n = 0; n < READS_OF_A_TURN; n++) {
            Read read = reads.poll();
            if (read == null) {
                return n > 0;
            }
            answer(read);
        }
        return true;
    }

    private void answer(Read read) {
        LogBlock block = null;
        for (int tries = 0; tries < TRIES && block == null; tries++) {
            try {
                block = block(read.position(), read.size());
            } catch (DiskException e) {
                // Told as damage in the end: the record cannot be had, and the owner says so.
                note.accept(e);
            }
        }
        LogBlock found = block;
        tell.accept(() -> read.answer().accept(found));
    }

    private @Nullable LogBlock block(long position, int size) {
        long segment = position / segmentBytes;
        int at = (int) (position % segmentBytes);
        int rest = segmentBytes - at;
        if (position < 0 || rest < Frame.RECORD_HEADER) {
            return null;
        }
        Disk.File file = open(Segment.name(segment));
        ByteBuffer bytes = ByteBuffer.allocate(Math.clamp(size, Frame.RECORD_HEADER, rest));
        file.read(bytes, at);
        if (bytes.position() < Frame.RECORD_HEADER) {
            return null;
        }
        int needed = bytes.getInt(0);
        if (needed < 0 || needed > rest - Frame.RECORD_HEADER) {
            return null;
        }
        if (bytes.position() < needed + Frame.RECORD_HEADER) {
            int had = bytes.position();
            bytes = ByteBuffer.allocate(needed + Frame.RECORD_HEADER).put(bytes.flip());
            file.read(bytes, at + (long) had);
        }
        LogBlock block = new LogBlock(position, bytes.flip());
        return block.payload(position) == null ? null : block;
    }

    private Disk.File open(String name) {
        Disk.File file = files.remove(name);
        if (file == null) {
            file = disk.open(name, false);
            if (files.size() == FILES) {
                files.pollFirstEntry().getValue().close();
            }
        }
        files.put(name, file); // used last
        return file;
    }
}
