package dev.parley.core.stream;

import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Folds messages into blocks, a bounded number of bytes a turn: the oldest of a long tail, while
/// the log still has them in memory; and blocks that go elsewhere.
final class Folding {
    /// Blocks that are written anew at a time because little of them is alive.
    private static final int JOBS = 8;

    private final Streams streams;
    private final StreamHost host;
    private final StreamConfig config;
    private final Consumer<Stream> folded;
    private final ArrayDeque<Stream> longTails = new ArrayDeque<>();
    private final ArrayDeque<Job> jobs = new ArrayDeque<>();
    private @Nullable Gathering gathering;

    /// What the messages of one block after the other are gathered in.
    private byte[] spare = new byte[0];

    /// Blocks that are to become one, elsewhere.
    ///
    /// @param position where the first of them lies
    private record Job(Stream stream, long from, long to, long position) {}

    /// Messages on their way into a block.
    private static final class Gathering {
        private final Stream stream;
        private final long from;
        private final boolean ofTail;
        private long to;
        private final Browser browser = new Browser();
        private long at;
        private long firstMillis;
        private long lastMillis;
        private int count;
        private int[] distances = new int[64];
        private int[] sizes = new int[64];
        private byte[] bytes;
        private int size;

        Gathering(Stream stream, long from, long to, boolean ofTail, byte[] bytes) {
            this.bytes = bytes;
            this.stream = stream;
            this.from = from;
            this.to = to;
            this.ofTail = ofTail;
            this.at = from;
        }

        void add() {
            at = browser.offset() + 1;
            if (stream.keepsLast()
                    && Stream.isEmpty(browser.payload(), browser.from(), browser.to())) {
                return; // it has removed its subject's value, and is old
            }
            int length = browser.to() - browser.from();
            if (size + length > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(size + length, bytes.length * 2));
            }
            if (count == distances.length) {
                distances = Arrays.copyOf(distances, count * 2);
                sizes = Arrays.copyOf(sizes, count * 2);
            }
            ByteBuffer payload = browser.payload();
            payload.get(browser.from(), bytes, size, length);
            lastMillis = payload.getLong(browser.from());
            firstMillis = count == 0 ? lastMillis : firstMillis;
            distances[count] = (int) (browser.offset() - from);
            sizes[count++] = length;
            size += length;
        }

        /// Leaves out what was superseded or trimmed while the rest was read.
        void sift() {
            boolean trimmed = count > 0 && from + distances[0] < stream.first();
            if (!stream.keepsLast() && !trimmed) {
                return;
            }
            ByteBuffer all = ByteBuffer.wrap(bytes);
            int kept = 0;
            int to = 0;
            int messageStart = 0;
            for (int i = 0; i < count; i++) {
                int length = sizes[i];
                long offset = from + distances[i];
                if (offset >= stream.first() && stream.isLast(all, messageStart, offset)) {
                    System.arraycopy(bytes, messageStart, bytes, to, length);
                    firstMillis = kept == 0 ? all.getLong(to) : firstMillis;
                    lastMillis = all.getLong(to);
                    distances[kept] = distances[i];
                    sizes[kept++] = length;
                    to += length;
                }
                messageStart += length;
            }
            count = kept;
            size = to;
        }

        /// Whether what is gathered is still there to be replaced.
        boolean holds() {
            if (ofTail) {
                return stream.tail().base() == from;
            }
            return begins(stream, from) && (to == stream.tail().base() || begins(stream, to));
        }
    }

    private static boolean begins(Stream stream, long offset) {
        int index = stream.blocks().find(offset);
        return index >= 0 && stream.blocks().first(index) == offset;
    }

    /// @param folded is told of streams that have another block: it may be one to drop
    Folding(Streams streams, StreamHost host, StreamConfig config, Consumer<Stream> folded) {
        this.folded = folded;
        this.streams = streams;
        this.host = host;
        this.config = config;
    }

    /// More of the stream's tail is durable.
    void grown(Stream stream) {
        if (!stream.folding && isLong(stream)) {
            stream.folding = true;
            longTails.add(stream);
        }
    }

    private boolean isLong(Stream stream) {
        return stream.tail().size() >= config.blockMessages()
                || stream.tail().bytes() >= config.blockBytes();
    }

    /// Some of the stream's messages were superseded.
    void thinned(Stream stream) {
        if (!stream.thin || !jobs.isEmpty()) {
            return;
        }
        stream.thin = false;
        Blocks blocks = stream.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            if (!stream.isThin(i)) {
                continue;
            }
            if (jobs.size() == JOBS) {
                stream.thin = true;
                return;
            }
            int begin = i > 0 && fits(stream, i - 1, i) ? i - 1 : i;
            while (i + 1 < blocks.size() && fits(stream, begin, i + 1)) {
                i++;
            }
            renew(stream, blocks.first(begin), stream.blockEnd(i), blocks.position(begin));
        }
    }

    /// Whether what is alive in some blocks that follow one another fits into one.
    private boolean fits(Stream stream, int from, int to) {
        Blocks blocks = stream.blocks();
        long count = 0;
        long bytes = 0;
        for (int i = from; i <= to; i++) {
            count += blocks.alive(i);
            bytes += (long) blocks.bytes(i) * blocks.alive(i) / blocks.count(i);
        }
        return count <= config.blockMessages()
                && bytes <= config.blockBytes()
                && stream.blockEnd(to) - blocks.first(from) < Integer.MAX_VALUE;
    }

    /// Appends the blocks from `from` to below `to` again, as one.
    void renew(Stream stream, long from, long to, long position) {
        jobs.add(new Job(stream, from, to, position));
    }

    /// Returns whether there is more to do at once.
    boolean run(Decision decision) {
        long written = 0;
        while (written < config.foldBytes()) {
            Gathering now = gathering;
            if (now == null) {
                now = next(decision);
                if (now == null) {
                    return false;
                }
                gathering = now;
            }
            if (streams.get(now.stream.id()) != now.stream || !now.holds()) {
                gathering = null;
                continue;
            }
            if (!gather(now, decision)) {
                return false;
            }
            gathering = null;
            spare = now.bytes;
            if (now.to > now.from) {
                written += write(now, decision);
                if (now.ofTail || now.stream.thin) {
                    folded.accept(now.stream);
                }
            }
        }
        return true;
    }

    private @Nullable Gathering next(Decision decision) {
        while (true) {
            Job job = jobs.poll();
            if (job != null) {
                Blocks blocks = job.stream().blocks();
                if (begins(job.stream(), job.from())
                        && blocks.position(blocks.find(job.from())) == job.position()) {
                    return new Gathering(job.stream(), job.from(), job.to(), false, spare);
                }
                continue;
            }
            Stream stream = longTails.peek();
            if (stream == null) {
                return null;
            }
            long to = streams.get(stream.id()) == stream ? lot(stream) : -1;
            if (to < 0) {
                longTails.remove();
                stream.folding = false;
                continue;
            }
            long base = stream.tail().base();
            if (to == base) {
                Records.single(decision, stream.id(), base);
                continue;
            }
            // Streams take turns.
            longTails.add(longTails.remove());
            return new Gathering(stream, base, to, true, spare);
        }
    }

    /// Where the first full lot of the tail ends; its beginning, if that is a message that stays
    /// where it lies; -1 if there is none.
    private long lot(Stream stream) {
        Tail tail = stream.tail();
        long limit = Math.min(stream.durable(), tail.base() + config.blockMessages());
        long bytes = 0;
        for (long at = tail.base(); at < limit; at++) {
            int size = tail.bytes(at);
            if (size > config.singleBytes() || (bytes > 0 && bytes + size > config.blockBytes())) {
                return at;
            }
            bytes += size;
        }
        return limit - tail.base() == config.blockMessages() || bytes >= config.blockBytes()
                ? limit
                : -1;
    }

    /// Returns false when a message must be read first.
    private boolean gather(Gathering now, Decision decision) {
        while (true) {
            Browser browser = now.browser;
            switch (browser.find(now.stream, now.at, now.to, true, decision)) {
                case MESSAGE -> {
                    if (!now.ofTail && now.size >= config.blockBytes() && endsBefore(now)) {
                        return true;
                    }
                    now.add();
                }
                case READING -> {
                    return false;
                }
                case DAMAGED -> {
                    host.onDamaged(now.stream.host(), now.stream.name(), browser.position());
                    // Nothing that can't be read is given up: it stays where it is.
                    now.to = now.ofTail ? browser.offset() : now.from;
                    if (now.ofTail && now.to == now.from) {
                        Records.single(decision, now.stream.id(), now.from);
                    }
                    return true;
                }
                case NONE -> {
                    return true;
                }
            }
        }
    }

    /// Ends with the blocks that were gathered, if the message found is another one's: what was
    /// alive in them was larger than what was not.
    private static boolean endsBefore(Gathering now) {
        Blocks blocks = now.stream.blocks();
        long begin = blocks.first(blocks.find(now.browser.offset()));
        if (begin < now.at) {
            return false;
        }
        now.to = begin;
        now.stream.thin = true;
        return true;
    }

    private static int write(Gathering now, Decision decision) {
        now.sift();
        int size = Records.blockSize(now.count, now.size);
        ByteBuffer out = decision.append(Records.BLOCK, size);
        Records.putBlockHead(
                out,
                new Records.BlockHead(
                        now.stream.id(),
                        now.from,
                        now.to,
                        now.count,
                        now.firstMillis,
                        now.lastMillis));
        for (int i = 0; i < now.count; i++) {
            out.putInt(now.distances[i]).putInt(now.sizes[i]);
        }
        out.put(now.bytes, 0, now.size);
        decision.apply();
        return size;
    }

    void onRead(long position, Log.@Nullable Block block) {
        Gathering now = gathering;
        if (now != null) {
            now.browser.onRead(position, block);
        }
    }
}
