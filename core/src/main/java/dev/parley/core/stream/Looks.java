package dev.parley.core.stream;

import dev.parley.api.Reason;
import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers who reads some messages once, one after the other.
final class Looks {
    private static final int COUNT_MAX = 1_000;

    /// Messages looked at in one turn.
    private static final int BATCH = 1_000;

    private final Streams streams;
    private final StreamHost host;
    private final ArrayDeque<Look> looks = new ArrayDeque<>();
    private Browser browser = new Browser();
    private final StreamDelivery view = new StreamDelivery();

    private static final class Look {
        private final StreamCommand.Read asked;
        private final List<StreamReply.Kept> found = new ArrayList<>();
        private final long millis;
        private long next = -1;
        private long missed;
        private int bytes;

        Look(StreamCommand.Read asked) {
            this.asked = asked;
            this.millis = asked.start() instanceof Start.Since(long since) ? since : Long.MIN_VALUE;
        }

        boolean hasRoomFor(int size) {
            return found.isEmpty()
                    || found.size() < Math.min(asked.count(), COUNT_MAX)
                            && bytes + size <= asked.bytes();
        }
    }

    Looks(Streams streams, StreamHost host) {
        this.streams = streams;
        this.host = host;
    }

    void add(StreamCommand.Read asked) {
        looks.add(new Look(asked));
    }

    /// Returns whether there is more to do at once.
    boolean run(Decision decision) {
        Look look = looks.peek();
        if (look == null) {
            return false;
        }
        Stream stream = streams.get(look.asked.stream());
        if (stream == null) {
            Reason reason = new Reason.NotFound("the stream does not exist");
            return answer(look, new StreamReply.Refused(reason), decision);
        }
        if (look.next < 0) {
            begin(look, stream);
        }
        for (int n = 0; n < BATCH; n++) {
            switch (browser.find(stream, look.next, stream.durable(), true, decision)) {
                case READING -> {
                    return false;
                }
                case NONE -> {
                    look.next = Math.max(look.next, stream.durable());
                    return answer(look, page(look), decision);
                }
                case DAMAGED -> {
                    host.onDamaged(stream.host(), stream.name(), browser.position());
                    look.next = browser.end();
                }
                case MESSAGE -> {
                    if (!take(look)) {
                        return answer(look, page(look), decision);
                    }
                }
            }
        }
        return true;
    }

    private static void begin(Look look, Stream stream) {
        Start start = look.asked.start();
        long wanted =
                start instanceof Start.Last
                        ? Math.max(stream.first(), stream.durable() - 1)
                        : Readers.offset(stream, start);
        look.next = Math.max(wanted, stream.first());
        look.missed = look.next - wanted;
    }

    /// False when there is no room for the message found.
    private boolean take(Look look) {
        int size = browser.to() - browser.from();
        if (!look.hasRoomFor(size)) {
            return false;
        }
        ByteBuffer payload = browser.payload();
        if (payload.getLong(browser.from()) >= look.millis) {
            view.show(payload, browser.from(), browser.to());
            StreamMessage message =
                    new StreamMessage(
                            view.exchange(),
                            view.subject(),
                            view.key(),
                            view.properties(),
                            view.body());
            look.found.add(
                    new StreamReply.Kept(browser.offset(), view.timeMillis(), message.detached()));
            look.bytes += size;
        }
        look.next = browser.offset() + 1;
        return true;
    }

    private static StreamReply page(Look look) {
        return new StreamReply.Page(look.found, look.next, look.missed);
    }

    private boolean answer(Look look, StreamReply reply, Decision decision) {
        looks.remove();
        if (browser.reading()) {
            // What it still waits for comes to nobody.
            browser = new Browser();
        } else {
            browser.rest();
        }
        StreamCommand.Read asked = look.asked;
        decision.promise(() -> asked.client().onReply(asked.token(), reply));
        return !looks.isEmpty();
    }

    void onRead(long position, Log.@Nullable Block block) {
        browser.onRead(position, block);
    }
}
