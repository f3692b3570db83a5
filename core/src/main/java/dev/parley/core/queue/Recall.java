package dev.parley.core.queue;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.LinkedHashMap;

/// What a queue remembers of the publishes that it took, so that it takes none of them twice.
///
/// Of a publisher that numbers its messages it keeps the highest number and which of the [#WINDOW]
/// numbers up to it have come; what is older counts as come. Of named messages it keeps the names,
/// the oldest are forgotten first. Both tables are bounded: the publisher that was silent longest
/// is forgotten when there are more than [#PUBLISHERS_MAX].
final class Recall {
    /// What a queue remembers of a recognisable publish, as it stands in a record.
    sealed interface Mark {
        /// One of a publisher's numbers.
        record Numbered(String publisher, long number) implements Mark {}

        /// A name, as the first 128 bits of its SHA-256, and when it came.
        record Named(long high, long low, long millis) implements Mark {}

        static Mark of(Once once, long millis) {
            return switch (once) {
                case Once.Numbered(String publisher, long number) ->
                        new Numbered(publisher, number);
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

    /// Numbers of one publisher that are told apart: how far a retried publish may lie behind.
    static final int WINDOW = 1024;

    static final int PUBLISHERS_MAX = 10_000;

    private static final class Publisher {
        private final long[] seen = new long[WINDOW / 64];
        private long highest;

        boolean has(long number) {
            return number <= highest - WINDOW
                    || (number <= highest && (seen[word(number)] & bit(number)) != 0);
        }

        void add(long number) {
            if (number - highest >= WINDOW || highest - number >= WINDOW) {
                if (number < highest) {
                    return;
                }
                Arrays.fill(seen, 0);
            } else {
                for (long n = highest + 1; n < number; n++) {
                    seen[word(n)] &= ~bit(n);
                }
            }
            highest = Math.max(highest, number);
            seen[word(number)] |= bit(number);
        }

        private static int word(long number) {
            return (int) (number >>> 6) & WINDOW / 64 - 1;
        }

        private static long bit(long number) {
            return 1L << number;
        }
    }

    private record Name(long high, long low) {}

    private final LinkedHashMap<String, Publisher> publishers = new LinkedHashMap<>();
    private final LinkedHashMap<Name, Long> names = new LinkedHashMap<>();

    /// Whether this was taken before.
    boolean has(Mark mark, Deduplication rule) {
        return switch (mark) {
            case Mark.Numbered(String name, long number) -> {
                Publisher publisher = publishers.get(name);
                yield publisher != null && publisher.has(number);
            }
            case Mark.Named(long high, long low, long now) -> {
                Long at = rule.names() == 0 ? null : names.get(new Name(high, low));
                yield at != null && now - at < rule.millis();
            }
        };
    }

    /// Remembers a publish that was taken.
    void add(Mark mark, Deduplication rule) {
        switch (mark) {
            case Mark.Numbered(String name, long number) -> addNumber(name, number);
            case Mark.Named(long high, long low, long millis) -> {
                if (rule.names() > 0) {
                    names.putLast(new Name(high, low), millis);
                    while (names.size() > rule.names()
                            || names.firstEntry().getValue() <= millis - rule.millis()) {
                        names.pollFirstEntry();
                    }
                }
            }
        }
    }

    /// What was published under names may come again.
    void forgetNames() {
        names.clear();
    }

    private void addNumber(String name, long number) {
        if (number < 0) {
            // Refused today; an older log may hold some.
            return;
        }
        Publisher publisher = publishers.get(name);
        if (publisher == null) {
            publisher = new Publisher();
            publisher.highest = number - 1;
        }
        publishers.putLast(name, publisher);
        publisher.add(number);
        if (publishers.size() > PUBLISHERS_MAX) {
            publishers.pollFirstEntry();
        }
    }

    void save(SnapshotWriter out) {
        out.putInt(publishers.size());
        publishers.forEach((name, publisher) -> {
            out.putText(name).putLong(publisher.highest);
            for (long word : publisher.seen) {
                out.putLong(word);
            }
        });
        out.putInt(names.size());
        names.forEach((name, at) -> out.putLong(name.high()).putLong(name.low()).putLong(at));
    }

    void restore(ByteBuffer in) {
        for (int n = in.getInt(); n > 0; n--) {
            String name = Records.text(in, in.getInt());
            Publisher publisher = new Publisher();
            publisher.highest = in.getLong();
            for (int i = 0; i < publisher.seen.length; i++) {
                publisher.seen[i] = in.getLong();
            }
            publishers.put(name, publisher);
        }
        for (int n = in.getInt(); n > 0; n--) {
            names.put(new Name(in.getLong(), in.getLong()), in.getLong());
        }
    }
}
