package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.List;

/// A directory of files on something that keeps bytes through a crash once they are synced.
///
/// The port between the log and the machine: the node implements it over a real directory, the
/// simulator over memory that loses, tears and fails. Every method may throw [DiskException]. Names
/// are plain file names without separators. Methods may be called from any one thread at a time per
/// file; `list`, `delete` and `rename` from any thread.
public interface Disk {
    /// Opens an existing file for reading and writing, or creates it empty when `create` is set.
    /// Creation reaches the disk with the next [#syncDirectory()].
    File open(String name, boolean create);

    /// The names of all files, sorted.
    List<String> list();

    boolean exists(String name);

    void delete(String name);

    /// Replaces `to` atomically by `from`.
    void rename(String from, String to);

    /// Makes creations, renames and deletions durable.
    void syncDirectory();

    /// Bytes that may still be written before the disk is full; an estimate.
    long usableBytes();

    /// One open file. Positional reads and writes; no cursor.
    interface File extends AutoCloseable {
        /// Writes all remaining bytes of `source` at `at`.
        void write(ByteBuffer source, long at);

        /// Reads into `target` from `at` until `target` is full or the file ends; returns the bytes
        /// read, 0 at the end.
        int read(ByteBuffer target, long at);

        /// Makes the bytes written so far durable. After a failure nothing is known of them: it is
        /// never called again on the same file as if nothing had happened.
        void sync();

        long size();

        void truncate(long size);

        @Override
        void close();
    }
}
