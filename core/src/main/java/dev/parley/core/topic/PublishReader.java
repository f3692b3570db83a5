package dev.parley.core.topic;

import dev.parley.core.topic.Records.Move;
import dev.parley.core.topic.TopicCommand.Origin;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads PUBLISH records up to the message: first all that stands in front of the places, then one
/// place after the other, then the moves. Used for one record after the other.
final class PublishReader {
    private final List<Terms> terms = new ArrayList<>();
    private ByteBuffer in = ByteBuffer.allocate(0);
    private int hostAt;
    private int flags;
    private @Nullable Origin origin;
    private long willOf;
    private int from;
    private long move;
    private int left;
    private long session;
    private long number;
    private Terms how = Terms.plain(0);

    /// Reads what stands in front of the places.
    void begin(ByteBuffer record) {
        in = record;
        in.getInt();
        flags = in.get();
        hostAt = in.position();
        Records.skipText(in);
        origin =
                (flags & Records.FROM_CLIENT) == 0
                        ? null
                        : new Origin(in.getLong(), Short.toUnsignedInt(in.getShort()));
        willOf = (flags & Records.WILL) == 0 ? 0 : in.getLong();
        from = 0;
        move = 0;
        if ((flags & Records.MOVED_HERE) != 0) {
            from = Short.toUnsignedInt(in.getShort());
            move = in.getLong();
        }
        terms.clear();
        for (int n = Short.toUnsignedInt(in.getShort()); n > 0; n--) {
            terms.add(Records.readTerms(in));
        }
        left = in.getInt();
    }

    String host() {
        return Records.text(in.duplicate().position(hostAt));
    }

    @Nullable Origin origin() {
        return origin;
    }

    /// The session whose will this is, or 0.
    long willOf() {
        return willOf;
    }

    /// The shard that moved it here.
    int from() {
        return from;
    }

    /// The number of that move, or 0.
    long move() {
        return move;
    }

    boolean keep() {
        return (flags & Records.KEEP) != 0;
    }

    /// Goes to the next place; false: there is none any more.
    boolean next() {
        if (left <= 0) {
            return false;
        }
        left--;
        session = in.getLong();
        number = in.getLong();
        how = which();
        return true;
    }

    long session() {
        return session;
    }

    long number() {
        return number;
    }

    Terms terms() {
        return how;
    }

    /// What other shards get; when all places have been read.
    List<Move> moves() {
        int count = Short.toUnsignedInt(in.getShort());
        if (count == 0) {
            return List.of();
        }
        List<Move> moves = new ArrayList<>();
        for (int n = count; n > 0; n--) {
            int shard = Short.toUnsignedInt(in.getShort());
            long its = in.getLong();
            boolean keep = in.get() != 0;
            List<Target> targets = new ArrayList<>();
            for (int m = in.getInt(); m > 0; m--) {
                targets.add(new Target(in.getLong(), which()));
            }
            moves.add(new Move(shard, its, keep, targets));
        }
        return moves;
    }

    private Terms which() {
        int index = Short.toUnsignedInt(in.getShort());
        if (index >= terms.size()) {
            throw new IllegalStateException("terms " + index + " of " + terms.size());
        }
        return terms.get(index);
    }
}
