package dev.parley.core.stream;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// The part of the stream machine that survives a restart. Only [#apply] changes it.
final class Streams {
    private final Map<Long, Stream> streams = new LinkedHashMap<>();

    /// The newest move accepted from each other shard.
    private final TreeMap<Integer, Long> acceptedFrom = new TreeMap<>();

    private final LongUnaryOperator segmentOf;

    /// When the newest message came: none comes before it.
    private long lastMillis;

    Streams(LongUnaryOperator segmentOf) {
        this.segmentOf = segmentOf;
    }

    @Nullable Stream get(long id) {
        return streams.get(id);
    }

    Collection<Stream> all() {
        return streams.values();
    }

    long acceptedFrom(int from) {
        return acceptedFrom.getOrDefault(from, 0L);
    }

    long lastMillis() {
        return lastMillis;
    }

    void apply(int type, long position, ByteBuffer in) {
        if (type == Records.PUBLISH) {
            applyPublish(position, in);
        } else if (type == Records.CURSOR) {
            for (int n = in.getInt(); n > 0; n--) {
                applyCursor(in.getLong(), in.getLong(), Records.text(in));
            }
        } else if (type == Records.ATTEMPT) {
            for (int n = in.getInt(); n > 0; n--) {
                applyAttempt(in.getLong(), in.getLong(), in.get() != 0, Records.text(in));
            }
        } else if (type == Records.BLOCK) {
            int bytes = in.remaining() + Records.OVERHEAD;
            int distance = Records.blockCount(in) == 1 ? Records.blockDistance(in, 0) : 0;
            Records.BlockHead head = Records.readBlockHead(in);
            Stream stream = streams.get(head.stream());
            if (stream != null) {
                stream.block(head, head.from() + distance, position, bytes);
            }
        } else if (type == Records.SINGLE) {
            Stream stream = streams.get(in.getLong());
            if (stream != null) {
                stream.single(in.getLong());
            }
        } else if (type == Records.TRIM) {
            Stream stream = streams.get(in.getLong());
            if (stream != null) {
                stream.trim(in.getLong());
            }
        } else if (type == Records.RELOCATE) {
            applyRelocate(position, in);
        } else if (type == Records.CREATE) {
            applyCreate(Records.readCreate(in));
        } else if (type == Records.DELETE) {
            streams.remove(in.getLong());
        } else {
            throw new IllegalStateException("unknown stream record " + type + " at " + position);
        }
    }

    private void applyCreate(Records.Creation made) {
        Stream stream = streams.get(made.stream());
        if (stream == null) {
            streams.put(made.stream(), new Stream(made));
        } else {
            stream.reshape(made.spec());
        }
    }

    private void applyPublish(long position, ByteBuffer in) {
        int start = Records.messageStart(in);
        int record = in.remaining() + Records.OVERHEAD;
        int size = in.limit() - start;
        long millis = in.getLong(start);
        in.getInt();
        int from = in.getInt();
        long move = in.getLong();
        int count = in.getInt();
        if (move != 0) {
            acceptedFrom.put(from, move);
        }
        lastMillis = Math.max(lastMillis, millis);
        for (int n = 0; n < count; n++) {
            Stream stream = streams.get(in.getLong());
            long offset = in.getLong();
            if (stream != null) {
                stream.add(offset, position, size, record / count, millis);
                stream.supersede(offset, in, start);
            }
        }
    }

    private void applyRelocate(long position, ByteBuffer in) {
        int record = in.remaining() + Records.OVERHEAD;
        in.getInt();
        int count = in.getInt();
        for (int n = 0; n < count; n++) {
            Stream stream = streams.get(in.getLong());
            long offset = in.getLong();
            if (stream != null) {
                stream.move(offset, position, record, record / count);
            }
        }
    }

    private void applyCursor(long id, long offset, String name) {
        Stream stream = streams.get(id);
        if (stream == null) {
            return;
        }
        if (offset < 0) {
            stream.cursors().remove(name);
        } else {
            Stream.Mark mark = stream.cursors().get(name);
            stream.cursors()
                    .put(
                            name,
                            mark == null
                                    ? new Stream.Mark(offset, offset, true)
                                    : new Stream.Mark(offset, mark.tried(), mark.exact()));
        }
    }

    private void applyAttempt(long id, long tried, boolean exact, String name) {
        Stream stream = streams.get(id);
        Stream.Mark mark = stream == null ? null : stream.cursors().get(name);
        if (stream != null && mark != null) {
            stream.cursors().put(name, new Stream.Mark(mark.offset(), tried, exact));
        }
    }

    // ---- snapshots

    void save(SnapshotWriter out) {
        out.putLong(lastMillis);
        out.putInt(streams.size());
        streams.values().forEach(stream -> stream.save(out, segmentOf));
        out.putInt(acceptedFrom.size());
        acceptedFrom.forEach((from, move) -> out.putInt(from).putLong(move));
        saveAttempts(out);
    }

    /// Of cursors for which more may have been handed out than is settled.
    private void saveAttempts(SnapshotWriter out) {
        List<Attempted> attempted = new ArrayList<>();
        for (Stream stream : streams.values()) {
            stream.cursors()
                    .forEach((name, mark) -> {
                        if (!mark.exact() || mark.tried() > mark.offset()) {
                            attempted.add(new Attempted(stream.id(), name, mark));
                        }
                    });
        }
        out.putInt(attempted.size());
        for (Attempted one : attempted) {
            out.putLong(one.stream()).putLong(one.mark().tried());
            out.putByte(one.mark().exact() ? 1 : 0);
            byte[] text = ShortText.bytes(one.cursor());
            Records.putText(out.room(2 + text.length), text);
        }
    }

    private record Attempted(long stream, String cursor, Stream.Mark mark) {}

    void restore(ByteBuffer in) {
        lastMillis = in.getLong();
        for (int n = in.getInt(); n > 0; n--) {
            Stream stream = Stream.restore(in);
            streams.put(stream.id(), stream);
        }
        for (int n = in.getInt(); n > 0; n--) {
            acceptedFrom.put(in.getInt(), in.getLong());
        }
        // Earlier versions knew nothing of attempts, and nothing stood behind the streams.
        for (int n = in.hasRemaining() ? in.getInt() : 0; n > 0; n--) {
            applyAttempt(in.getLong(), in.getLong(), in.get() != 0, Records.text(in));
        }
    }
}
