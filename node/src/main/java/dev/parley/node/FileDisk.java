package dev.parley.node;

import dev.parley.core.log.Disk;
import dev.parley.core.log.DiskException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// A directory, held by one process at a time.
///
/// The lock file names the process that holds it, for whoever finds it locked. Within a process the
/// lock file is of no use: POSIX gives up a process's locks on a file when it closes any descriptor
/// of it, so a second look at the file would take the lock away from its holder. A system property
/// per directory keeps the second node out before it opens the file; one that is visible whatever
/// class loader loaded us.
final class FileDisk implements Disk, AutoCloseable {
    private static final String LOCK = "parley.lock";

    /// What is written or read at once from memory that the system cannot use directly: the JDK
    /// keeps a copy of that size for each thread for ever.
    private static final int PIECE = 256 << 10;

    /// A write that fails with less than this left has failed for lack of room.
    private static final long FULL_BELOW = 1 << 20;

    private final Path directory;

    /// Found once: to look for it reads the system's table of mounts.
    private final FileStore store;

    private final FileChannel lockFile;
    private final FileLock lock;
    private final String held;
    private final AtomicLong syncs = new AtomicLong();

    /// @throws IllegalStateException if another node holds the directory
    FileDisk(Path directory) throws IOException {
        Files.createDirectories(directory);
        this.directory = directory;
        store = Files.getFileStore(directory);
        held = "parley.held:" + directory.toRealPath();
        if (System.getProperties().putIfAbsent(held, "") != null) {
            throw new IllegalStateException(
                    "data directory %s is in use by another node of this process"
                            .formatted(directory));
        }
        try {
            lockFile = open(directory);
            lock = lock(lockFile, directory);
        } catch (IOException | RuntimeException e) {
            System.getProperties().remove(held);
            throw e;
        }
    }

    private static FileChannel open(Path directory) throws IOException {
        return FileChannel.open(
                directory.resolve(LOCK),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    private static FileLock lock(FileChannel file, Path directory) throws IOException {
        FileLock taken;
        try {
            taken = file.tryLock();
        } catch (OverlappingFileLockException e) {
            taken = null;
        }
        if (taken == null) {
            String holder = read(file);
            file.close();
            throw new IllegalStateException(
                    "data directory %s is in use by process %s"
                            .formatted(directory, holder.isEmpty() ? "(unknown)" : holder));
        }
        byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
        file.truncate(0);
        file.write(ByteBuffer.wrap(pid), 0);
        return taken;
    }

    /// Through the channel that is open: closing another one of the same file would let go of a
    /// lock that this process holds on it.
    private static String read(FileChannel file) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(32);
        int length = Math.max(0, file.read(text, 0));
        return new String(text.array(), 0, length, StandardCharsets.US_ASCII).strip();
    }

    @Override
    public void close() throws IOException {
        if (!lockFile.isOpen()) {
            return; // and another may hold the directory by now
        }
        try {
            lock.release();
            lockFile.close();
        } finally {
            System.getProperties().remove(held);
        }
    }

    @Override
    public File open(String name, boolean create) {
        Path path = directory.resolve(name);
        return attempt(
                "open " + name,
                () -> {
                    List<StandardOpenOption> options =
                            new ArrayList<>(
                                    List.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
                    if (create) {
                        options.add(StandardOpenOption.CREATE);
                    }
                    return new Open(
                            name,
                            FileChannel.open(path, options.toArray(new StandardOpenOption[0])));
                });
    }

    @Override
    public List<String> list() {
        return attempt(
                "list " + directory,
                () -> {
                    try (Stream<Path> files = Files.list(directory)) {
                        return files.map(file -> file.getFileName().toString())
                                .filter(name -> !name.equals(LOCK))
                                .sorted()
                                .toList();
                    }
                });
    }

    @Override
    public boolean exists(String name) {
        return Files.exists(directory.resolve(name));
    }

    @Override
    public void delete(String name) {
        attempt(
                "delete " + name,
                () -> {
                    Files.deleteIfExists(directory.resolve(name));
                    return true;
                });
    }

    @Override
    public void rename(String from, String to) {
        attempt(
                "rename " + from + " to " + to,
                () ->
                        Files.move(
                                directory.resolve(from),
                                directory.resolve(to),
                                StandardCopyOption.ATOMIC_MOVE));
    }

    @Override
    public void syncDirectory() {
        attempt(
                "sync " + directory,
                () -> {
                    try (FileChannel channel =
                            FileChannel.open(directory, StandardOpenOption.READ)) {
                        channel.force(true);
                    }
                    return true;
                });
    }

    @Override
    public long usableBytes() {
        try {
            return store.getUsableSpace();
        } catch (IOException e) {
            throw failed("measure " + directory, e);
        }
    }

    /// How many syncs of files have ended well.
    long syncs() {
        return syncs.get();
    }

    /// An operation on files.
    private interface Attempt<T> {
        T run() throws IOException;
    }

    private <T> T attempt(String what, Attempt<T> attempt) {
        try {
            return attempt.run();
        } catch (IOException e) {
            throw failed(what, e);
        }
    }

    private DiskException failed(String what, IOException e) {
        return new DiskException(kind(e), "cannot " + what + ": " + e.getMessage(), e);
    }

    /// The system says it in words only, and in the user's language; so where it says nothing known
    /// the file system is asked.
    private DiskException.Kind kind(IOException e) {
        String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("no space left") || text.contains("quota exceeded")) {
            return DiskException.Kind.FULL;
        }
        try {
            boolean room = store.getUsableSpace() >= FULL_BELOW;
            return room ? DiskException.Kind.FAILED : DiskException.Kind.FULL;
        } catch (IOException measuring) {
            e.addSuppressed(measuring);
            return DiskException.Kind.FAILED;
        }
    }

    private final class Open implements File {
        private final String name;
        private final FileChannel channel;

        Open(String name, FileChannel channel) {
            this.name = name;
            this.channel = channel;
        }

        @Override
        public void write(ByteBuffer source, long at) {
            int length = source.remaining();
            int end = source.limit();
            try {
                long to = at;
                while (source.position() < end) {
                    to += channel.write(piece(source, end), to);
                }
            } catch (IOException e) {
                // Said only now: nothing is put together for each of many writes.
                throw failed("write %d bytes at %d of %s".formatted(length, at, name), e);
            }
        }

        @Override
        public int read(ByteBuffer target, long at) {
            return attempt(
                    "read %d bytes at %d of %s".formatted(target.remaining(), at, name),
                    () -> {
                        long from = at;
                        int end = target.limit();
                        while (target.position() < end) {
                            int read = channel.read(piece(target, end), from);
                            if (read < 0) {
                                break;
                            }
                            from += read;
                        }
                        target.limit(end);
                        return (int) (from - at);
                    });
        }

        /// The buffer limited to what is moved in one go.
        private static ByteBuffer piece(ByteBuffer whole, int end) {
            int most = whole.isDirect() ? end : Math.min(end, whole.position() + PIECE);
            return whole.limit(most);
        }

        @Override
        public void sync() {
            try {
                channel.force(false);
            } catch (IOException e) {
                throw failed("sync " + name, e);
            }
            syncs.incrementAndGet();
        }

        @Override
        public long size() {
            return attempt("size " + name, channel::size);
        }

        @Override
        public void truncate(long size) {
            attempt("truncate " + name, () -> channel.truncate(size));
        }

        @Override
        public void close() {
            attempt(
                    "close " + name,
                    () -> {
                        channel.close();
                        return true;
                    });
        }
    }
}
