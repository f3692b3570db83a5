package dev.parley.core.stream;

import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hands messages to readers, a batch per feed and turn.
///
/// Only what is durable goes out: an offset that a reader has seen never means another message. So
/// each turn that appended promises how far its streams will be durable, and the promise delivers.
/// For a cursor the log says before how far that may go ([Cursors]): what comes again after a crash
/// says so.
final class Dispatch {
    /// Messages of one feed in one turn; more follow in the next.
    private static final int BATCH = 256;

    /// Messages that wait in one cursor for the reader that has their key: beyond, it waits too.
    private static final int WAITING_MAX = 1_000;

    private static final int WAITING_BYTES_MAX = 4 << 20;

    private final StreamHost host;
    private final StreamConfig config;
    private final Consumer<Feed> moved;
    private final Consumer<Stream> grown;
    private final StreamDelivery delivery = new StreamDelivery();
    private final ArrayDeque<Feed> dirty = new ArrayDeque<>();
    private final Set<Feed> reading = new LinkedHashSet<>();

    /// Feeds that read nothing before others let go of memory.
    private final LinkedHashSet<Feed> starved = new LinkedHashSet<>();

    private long held;
    private List<Rise> rising = new ArrayList<>();

    /// How far a stream will be durable.
    private record Rise(Stream stream, long offset) {}

    /// @param moved is told of feeds whose committed offset may have changed
    /// @param grown is told of streams that have more that is durable
    Dispatch(StreamHost host, StreamConfig config, Consumer<Feed> moved, Consumer<Stream> grown) {
        this.grown = grown;
        this.host = host;
        this.config = config;
        this.moved = moved;
    }

    void touch(Feed feed) {
        if (!feed.dirty) {
            feed.dirty = true;
            dirty.add(feed);
        }
    }

    /// The stream has got messages in this turn.
    void rise(Stream stream) {
        rising.add(new Rise(stream, stream.next()));
    }

    /// Promises to show what this turn has brought.
    void promise(Decision decision) {
        if (rising.isEmpty()) {
            return;
        }
        List<Rise> risen = rising;
        rising = new ArrayList<>();
        decision.promise(() -> {
            for (Rise rise : risen) {
                rise.stream().durable(rise.offset());
                grown.accept(rise.stream());
                // Clients change nothing from inside: what they ask for waits.
                for (Feed feed : rise.stream().feeds()) {
                    if (!feed.dirty && !feed.members().isEmpty() && run(feed, decision)) {
                        touch(feed);
                    }
                }
            }
        });
    }

    /// Runs all feeds that may go on; returns whether some could at once in another turn.
    boolean run(Decision decision) {
        for (int n = dirty.size(); n > 0; n--) {
            Feed feed = dirty.remove();
            feed.dirty = false;
            if (run(feed, decision)) {
                touch(feed);
            }
        }
        return !dirty.isEmpty();
    }

    private boolean run(Feed feed, Decision decision) {
        if (!feed.anyHasRoom()) {
            if (held > config.readBytes() / 2 || feed.members().isEmpty()) {
                feed.rest();
            }
            if (feed.reading() && !feed.gone) {
                reading.add(feed);
            }
            account(feed);
            return false;
        }
        if (feed.bytes() == 0 && isBehind(feed) && expected() > config.readBytes()) {
            starved.add(feed);
            return false;
        }
        boolean more = again(feed, decision) && fresh(feed, decision);
        feed.unshow();
        if (feed.reading()) {
            reading.add(feed); // perhaps only ahead
        }
        account(feed);
        boolean stalled = !more && held > config.readBytes() / 2;
        if (!feed.reading() && (stalled || !starved.isEmpty())) {
            feed.rest();
            account(feed);
        }
        return more;
    }

    /// What readers hold, and will when what they wait for has come.
    private long expected() {
        return held + (long) reading.size() * config.blockBytes();
    }

    private static boolean isBehind(Feed feed) {
        return feed.next() < feed.stream().tail().base() || !feed.waiting().isEmpty();
    }

    /// Counts what the feed holds now, and lets others have what is free.
    private void account(Feed feed) {
        long now = feed.bytes();
        held += now - feed.held;
        feed.held = now;
        if (!starved.isEmpty() && expected() <= config.readBytes()) {
            touch(starved.removeFirst());
        }
    }

    /// Hands out what waits; returns whether new messages may follow.
    private boolean again(Feed feed, Decision decision) {
        if (feed.waiting().isEmpty()) {
            feed.forgetWaiting();
            return true;
        }
        Set<Integer> blocked = new HashSet<>();
        int given = 0;
        Map.Entry<Long, Feed.Waiting> entry = feed.waiting().firstEntry();
        while (entry != null) {
            if (!feed.anyHasRoom()) {
                return false;
            }
            int key = entry.getValue().key();
            if (blocked.contains(key) || !feed.mayTake(key)) {
                blocked.add(key);
            } else if (++given > BATCH) {
                touch(feed);
                return false;
            } else if (!again(feed, entry.getKey(), entry.getValue(), blocked, decision)) {
                return false;
            }
            entry = feed.waiting().higherEntry(entry.getKey());
        }
        return !feed.alone() || feed.waiting().isEmpty();
    }

    /// Hands out one message that waits, if somebody takes it; false when it must be read first.
    private boolean again(
            Feed feed, long offset, Feed.Waiting message, Set<Integer> blocked, Decision decision) {
        Browser browser = feed.waitingBrowser();
        switch (browser.find(feed.stream(), offset, offset + 1, false, decision)) {
            case READING -> {
                return false;
            }
            case NONE -> feed.waitNoMore(offset, message);
            case DAMAGED -> {
                host.onDamaged(feed.stream().host(), feed.stream().name(), browser.position());
                feed.waitNoMore(offset, message);
                feed.miss(1);
            }
            case MESSAGE -> {
                StreamReader member = feed.pickAgain(message.key());
                if (member == null) {
                    blocked.add(message.key());
                } else {
                    feed.waitNoMore(offset, message);
                    give(feed, member, browser, message.key(), message.repeated());
                }
            }
        }
        moved.accept(feed);
        return true;
    }

    /// Hands out new messages; returns whether there are more.
    private boolean fresh(Feed feed, Decision decision) {
        Stream stream = feed.stream();
        for (int n = 0; n < BATCH; n++) {
            if (!feed.anyHasRoom()) {
                return false;
            }
            Browser browser = feed.browser();
            switch (browser.find(stream, feed.next(), stream.durable(), true, decision)) {
                case READING -> {
                    return false;
                }
                case NONE -> {
                    pass(feed, Math.max(feed.next(), stream.durable()));
                    if (!browser.reading()) {
                        browser.rest();
                    }
                    return false;
                }
                case DAMAGED -> {
                    host.onDamaged(stream.host(), stream.name(), browser.position());
                    feed.miss(stream.between(browser.offset(), browser.end()));
                    pass(feed, browser.end());
                }
                case MESSAGE -> {
                    if (!feed.allows(browser.offset())) {
                        // The log must say first that it may go out.
                        pass(feed, browser.offset());
                        moved.accept(feed);
                        return false;
                    }
                    if (!fresh(feed, browser)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /// Hands out the message found; false when nobody takes it.
    private boolean fresh(Feed feed, Browser browser) {
        ByteBuffer payload = browser.payload();
        int key = payload.getInt(browser.from() + 8);
        StreamReader member = feed.pick(key);
        if (member != null) {
            pass(feed, browser.offset() + 1);
            give(feed, member, browser, key, feed.wasTried(browser.offset()));
            return true;
        }
        if (feed.alone()
                || !feed.anyHasRoom()
                || feed.waiting().size() >= WAITING_MAX
                || feed.waitingBytes() >= WAITING_BYTES_MAX) {
            return false;
        }
        int bytes = browser.to() - browser.from();
        boolean repeated = feed.wasTried(browser.offset());
        feed.await(browser.offset(), new Feed.Waiting(key, bytes, repeated));
        pass(feed, browser.offset() + 1);
        return true;
    }

    private void pass(Feed feed, long next) {
        if (next != feed.next()) {
            feed.next(next);
            moved.accept(feed);
        }
    }

    private void give(Feed feed, StreamReader member, Browser browser, int key, boolean repeated) {
        feed.hold(key, member);
        feed.stream().delivered++;
        delivery.show(browser.payload(), browser.from(), browser.to())
                .to(feed.stream().id(), member.id(), browser.offset(), feed.takeMissed(), repeated);
        member.give(delivery, key);
    }

    /// Nobody reads from the feed any more.
    void forget(Feed feed) {
        feed.rest();
        if (feed.gone) {
            reading.remove(feed);
        }
        starved.remove(feed);
        account(feed);
    }

    void onRead(long position, Log.@Nullable Block block) {
        List<Feed> served = new ArrayList<>();
        for (Feed feed : reading) {
            Browser again = feed.waitingBrowserIfUsed();
            boolean mine = feed.browser().onRead(position, block);
            mine |= again != null && again.onRead(position, block);
            if (mine) {
                served.add(feed);
            }
        }
        for (Feed feed : served) {
            if (!feed.reading()) {
                reading.remove(feed);
            }
            account(feed);
            touch(feed);
        }
    }
}
