package dev.parley.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;

/// The key that tokens are signed with: a file of the data directory, made when it is missing.
///
/// In a file and not in the log, since the log is what is copied and sent around, and the catalog
/// is exported as definitions; and so that who removes the file and starts the node again has made
/// all tokens worthless.
final class TokenKey {
    static final String NAME = "tokens.key";

    private static final int BYTES = 32;

    private TokenKey() {}

    /// @throws IOException also if the file holds something else
    static byte[] of(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        try {
            byte[] known = Files.readAllBytes(file);
            if (known.length != BYTES) {
                throw new IOException(
                        "%s holds %d bytes and no key of %d: remove it for a new one"
                                .formatted(file, known.length, BYTES));
            }
            return known;
        } catch (NoSuchFileException e) {
            byte[] made = new byte[BYTES];
            new SecureRandom().nextBytes(made);
            keep(directory, file, made);
            return made;
        }
    }

    private static void keep(Path directory, Path file, byte[] key) throws IOException {
        Path fresh = directory.resolve(NAME + ".new");
        Files.deleteIfExists(fresh);
        boolean posix = Files.getFileStore(directory).supportsFileAttributeView("posix");
        FileAttribute<?>[] attributes =
                posix
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------"))
                        }
                        : new FileAttribute<?>[0];
        try (FileChannel channel =
                FileChannel.open(
                        fresh,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        attributes)) {
            ByteBuffer bytes = ByteBuffer.wrap(key);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
