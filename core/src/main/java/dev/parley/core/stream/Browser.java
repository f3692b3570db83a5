package dev.parley.core.stream;

import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A place in a stream from which messages are brought one after the other, from wherever they are:
/// the log's memory, a block that was read, or the disk.
///
/// A block that was read is kept until its last message is passed, and meanwhile the next one is
/// read. What a browser found is valid until the next record is appended.
final class Browser {
    /// What looking for a message came to.
    enum Found {
        /// There is one: see [#offset] and [#payload].
        MESSAGE,

        /// It is being read; [#onRead] will say when.
        READING,

        /// There is none below the limit.
        NONE,

        /// What lies from [#offset] to below [#end] cannot be read back.
        DAMAGED
    }

    /// More of a record than the size of its message: places in many streams.
    private static final int HEAD = 4096;

    private final Reader reader = new Reader();

    /// The block that was read last, and where it lies.
    private @Nullable ByteBuffer page;

    private long pagePosition;

    /// Where in its block the message found last stands.
    private long blockFirst = -1;

    private int index;
    private int messageStart;

    /// The block in which there is nothing from an offset on: it need not be read again.
    private long passedPosition;

    private long passedFrom;

    private @Nullable ByteBuffer payload;
    private long position;
    private long offset;
    private long end;
    private int from;
    private int to;

    /// The offset of the message found, or of the first one damaged.
    long offset() {
        return offset;
    }

    /// Where the damage ends.
    long end() {
        return end;
    }

    /// Where what was found, or is damaged, lies in the log.
    long position() {
        return position;
    }

    /// The record that holds the message.
    ByteBuffer payload() {
        ByteBuffer found = payload;
        if (found == null) {
            throw new IllegalStateException("nothing was found");
        }
        return found;
    }

    /// Where in the record the message begins.
    int from() {
        return from;
    }

    int to() {
        return to;
    }

    /// Finds the first message that is kept from `start` on and below `limit`.
    ///
    /// @param ahead whether to read on behind it
    Found find(Stream stream, long start, long limit, boolean ahead, Decision decision) {
        Blocks blocks = stream.blocks();
        Tail tail = stream.tail();
        long at = Math.max(start, stream.first());
        int block = at < tail.base() ? Math.max(blocks.find(at), 0) : blocks.size();
        while (block < blocks.size()) {
            if (blocks.first(block) >= limit) {
                return Found.NONE;
            }
            boolean passed = blocks.position(block) == passedPosition && at >= passedFrom;
            if (blocks.alive(block) > 0 && !passed) {
                Found found = inBlock(stream, block, at, limit, ahead, decision);
                if (found != null) {
                    return found;
                }
                passedPosition = blocks.position(block);
                passedFrom = at;
            }
            block++;
        }
        for (at = Math.max(at, tail.base()); at < Math.min(limit, tail.end()); at++) {
            if (tail.bytes(at) > 0) {
                return inTail(tail, at, decision);
            }
        }
        return Found.NONE;
    }

    private Found inTail(Tail tail, long at, Decision decision) {
        leavePage();
        ByteBuffer record = read(tail.position(at), tail.bytes(at) + HEAD, 256 << 10, decision);
        offset = at;
        end = at + 1;
        if (record == null) {
            return reader.damaged(position) ? Found.DAMAGED : Found.READING;
        }
        payload = record;
        from = Records.messageStart(record);
        to = record.limit();
        return Found.MESSAGE;
    }

    /// Null when there is no message from `at` on in the block.
    private @Nullable Found inBlock(
            Stream stream, int block, long at, long limit, boolean ahead, Decision decision) {
        Blocks blocks = stream.blocks();
        long first = blocks.first(block);
        position = blocks.position(block);
        ByteBuffer record = pagePosition == position ? page : null;
        if (record == null) {
            page = null;
            record = read(position, blocks.bytes(block), 0, decision);
            if (record == null) {
                blockFirst = -1;
                offset = Math.max(at, first);
                end = stream.blockEnd(block);
                return reader.damaged(position) ? Found.DAMAGED : Found.READING;
            }
            if (pagePosition != position) {
                pagePosition = position;
                blockFirst = -1;
            }
            page = kept(record, decision);
            record = page == null ? record : page;
        }
        payload = record;
        if (blocks.count(block) == 1) {
            if (first < at || first >= limit) {
                return first < at ? null : Found.NONE;
            }
            blockFirst = -1;
            offset = first;
            from = Records.messageStart(record);
            to = record.limit();
            return Found.MESSAGE;
        }
        if (ahead && page != null) {
            readAhead(stream, block + 1, decision);
        }
        boolean whole = blocks.alive(block) == blocks.count(block);
        Found found = step(record, first, at, limit);
        while (found == Found.MESSAGE && !whole && !stream.isLast(record, from, offset)) {
            found = step(record, first, offset + 1, limit);
        }
        return found;
    }

    /// A view of the log's memory is good for now only; one of what others have read would keep
    /// more of that than it shows.
    private @Nullable ByteBuffer kept(ByteBuffer record, Decision decision) {
        if (decision.cached(position) != null) {
            return null;
        }
        return reader.holds(position)
                ? record
                : ByteBuffer.allocate(record.remaining()).put(record.duplicate()).flip();
    }

    /// Goes to the first message from `at` on within a block.
    private @Nullable Found step(ByteBuffer record, long first, long at, long limit) {
        int count = Records.blockCount(record);
        if (blockFirst != first || at < offset) {
            blockFirst = first;
            index = 0;
            messageStart = Records.messageStart(record);
        }
        while (index < count && first + Records.blockDistance(record, index) < at) {
            messageStart += Records.blockMessageSize(record, index);
            index++;
        }
        if (index == count) {
            return null;
        }
        offset = first + Records.blockDistance(record, index);
        if (offset >= limit) {
            return Found.NONE;
        }
        from = messageStart;
        to = messageStart + Records.blockMessageSize(record, index);
        if (to > record.limit() || to - from < Records.MESSAGE_MIN) {
            throw new IllegalStateException("a message out of its block at " + position);
        }
        return Found.MESSAGE;
    }

    private @Nullable ByteBuffer read(long where, int bytes, int most, Decision decision) {
        position = where;
        payload = null;
        return reader.get(decision, where, bytes, most);
    }

    private void readAhead(Stream stream, int block, Decision decision) {
        if (reader.wantsMore()) {
            Blocks blocks = stream.blocks();
            boolean there = block < blocks.size() && blocks.alive(block) > 0;
            reader.readOn(
                    decision,
                    there ? blocks.position(block) : 0,
                    there ? blocks.bytes(block) : 0,
                    0);
        }
    }

    private void leavePage() {
        page = null;
        pagePosition = 0;
        blockFirst = -1;
    }

    /// The turn is over, and with it what the message found last was needed for.
    void unshow() {
        payload = null;
    }

    /// Bytes of memory that it holds.
    int bytes() {
        ByteBuffer held = page;
        int own = held == null || reader.holds(pagePosition) ? 0 : held.capacity();
        return reader.bytes() + own;
    }

    boolean reading() {
        return reader.reading();
    }

    /// Lets go of the memory; goes on as before.
    void rest() {
        leavePage();
        payload = null;
        reader.rest();
    }

    /// Returns whether this was waited for.
    boolean onRead(long where, Log.@Nullable Block block) {
        return reader.onRead(where, block);
    }
}
