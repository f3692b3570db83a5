package dev.parley.core.queue;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// What a queue remembers of a recognisable publish, as it stands in a record.
sealed interface Mark {
    /// One of a publisher's numbers.
    record Numbered(String publisher, long number) implements Mark {}

    /// A name, as the first 128 bits of its SHA-256, and when it came.
    record Named(long high, long low, long millis) implements Mark {}

    static Mark of(Once once, long millis) {
        return switch (once) {
            case Once.Numbered(String publisher, long number) -> new Numbered(publisher, number);
            case Once.Named(String name) -> {
                ByteBuffer hash = ByteBuffer.wrap(sha256().digest(Records.utf8(name)));
                yield new Named(hash.getLong(), hash.getLong(), millis);
            }
        };
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    default int encodedSize() {
        return switch (this) {
            case Numbered numbered -> 1 + 2 + Records.utf8(numbered.publisher()).length + 8;
            case Named named -> 1 + 24;
        };
    }

    default void encode(ByteBuffer out) {
        switch (this) {
            case Numbered(String publisher, long number) -> {
                byte[] name = Records.utf8(publisher);
                out.put((byte) 1).putShort((short) name.length).put(name).putLong(number);
            }
            case Named(long high, long low, long millis) ->
                    out.put((byte) 2).putLong(high).putLong(low).putLong(millis);
        }
    }

    static Mark read(ByteBuffer in) {
        int kind = in.get();
        return switch (kind) {
            case 1 ->
                    new Numbered(
                            Records.text(in, Short.toUnsignedInt(in.getShort())), in.getLong());
            case 2 -> new Named(in.getLong(), in.getLong(), in.getLong());
            default -> throw new IllegalStateException("unknown kind of mark " + kind);
        };
    }
}
