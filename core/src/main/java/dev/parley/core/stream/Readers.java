package dev.parley.core.stream;

import dev.parley.api.Reason;
import dev.parley.core.log.Log;
import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Readers as they come, settle and go.
final class Readers {
    /// Cursors of one stream: one more is refused.
    private static final int CURSORS_MAX = 100_000;

    /// Cursors without readers of which more is remembered than where they are, and messages that
    /// are known of one.
    private static final int ABANDONED_MAX = 100;

    private static final int LEFT_MAX = 1_000;

    private final Streams streams;
    private final StreamHost host;
    private final Dispatch dispatch;
    private final Cursors cursors;
    private final Map<Long, StreamReader> readers = new HashMap<>();

    /// Cursors whose last reader left messages unsettled: they are known to be repeated, as long as
    /// there are few of them.
    private final LinkedHashSet<Feed> abandoned = new LinkedHashSet<>();

    /// Readers that begin at a time for which a block must be looked into.
    private final List<Search> searches = new ArrayList<>();

    private static final class Search {
        private final StreamCommand.Attach attach;
        private final long millis;
        private final Browser browser = new Browser();

        /// What came before this is too old.
        private long at;

        Search(StreamCommand.Attach attach, long millis, long at) {
            this.attach = attach;
            this.millis = millis;
            this.at = at;
        }
    }

    Readers(Streams streams, StreamHost host, Dispatch dispatch, Cursors cursors) {
        this.streams = streams;
        this.host = host;
        this.dispatch = dispatch;
        this.cursors = cursors;
    }

    // ---- coming

    void attach(StreamCommand.Attach attach, Decision decision) {
        Stream stream = streams.get(attach.stream());
        String cursor = attach.cursor();
        if (stream == null) {
            refuse(attach, new Reason.NotFound("the stream does not exist"), decision);
        } else if (cursor != null && ShortText.bytes(cursor).length > ShortText.BYTES_MAX) {
            refuse(attach, new Reason.Invalid("a cursor's name is too long"), decision);
        } else if ((cursor == null || !stream.cursors().containsKey(cursor))
                && attach.start() instanceof Start.Since(long millis)
                && stream.blocks().since(millis) < stream.blocks().size()) {
            searches.add(new Search(attach, millis, offset(stream, attach.start())));
            search(decision);
        } else {
            enter(attach, stream, offset(stream, attach.start()), decision);
        }
    }

    /// Lets a reader in at `wanted`, or where its cursor is: somebody may have made that meanwhile.
    private void enter(StreamCommand.Attach attach, Stream stream, long wanted, Decision decision) {
        String cursor = attach.cursor();
        if (readers.containsKey(attach.reader())) {
            refuse(attach, new Reason.Precondition("the reader is there already"), decision);
        } else if (cursor != null && stream.cursors().containsKey(cursor)) {
            Feed feed = stream.feed(cursor);
            join(attach, feed == null ? resumed(stream, cursor) : feed, 0, decision);
        } else if (cursor != null && stream.cursors().size() >= CURSORS_MAX) {
            refuse(attach, new Reason.Full("the stream has too many cursors"), decision);
        } else {
            begin(attach, stream, wanted, decision);
        }
    }

    private static Feed resumed(Stream stream, String cursor) {
        Stream.Mark mark = stream.cursors().get(cursor);
        long committed = mark == null ? stream.first() : mark.offset();
        long tried = mark == null ? 0 : stream.tried(mark);
        Feed feed = new Feed(stream, cursor, Math.max(committed, stream.first()), tried);
        feed.miss(feed.next() - committed);
        stream.add(feed);
        return feed;
    }

    /// Where a start is, but for a time within a block.
    static long offset(Stream stream, Start start) {
        return switch (start) {
            case Start.First first -> stream.first();
            case Start.Last last -> Math.max(stream.first(), stream.next() - 1);
            case Start.Next next -> stream.next();
            case Start.At(long offset) -> Math.clamp(offset, 0, stream.next());
            case Start.Since(long millis) -> {
                int block = stream.blocks().since(millis);
                yield block < stream.blocks().size()
                        ? Math.max(stream.first(), stream.blocks().first(block))
                        : stream.tail().since(millis);
            }
        };
    }

    private void begin(StreamCommand.Attach attach, Stream stream, long wanted, Decision decision) {
        long next = Math.max(wanted, stream.first());
        String cursor = attach.cursor();
        if (cursor != null) {
            cursors.set(stream, cursor, next);
            cursors.log(decision);
        }
        Feed feed = cursor == null ? new Feed(stream, next) : new Feed(stream, cursor, next, next);
        stream.add(feed);
        join(attach, feed, next - wanted, decision);
    }

    private void join(StreamCommand.Attach attach, Feed feed, long missed, Decision decision) {
        StreamReader reader =
                new StreamReader(attach.client(), attach.reader(), feed, attach.window());
        readers.put(reader.id(), reader);
        feed.members().add(reader);
        abandoned.remove(feed);
        cursors.moved(feed);
        long next =
                feed.waiting().isEmpty()
                        ? feed.next()
                        : Math.min(feed.next(), feed.waiting().firstKey());
        StreamReply reply = new StreamReply.Attached(next, missed + feed.takeMissed());
        decision.promise(() -> {
            // Also where it has ended meanwhile: its client waits for the answer.
            attach.client().onReply(attach.token(), reply);
            if (readers.get(reader.id()) == reader) {
                reader.join();
                dispatch.touch(feed);
            }
        });
    }

    private static void refuse(StreamCommand.Attach attach, Reason reason, Decision decision) {
        StreamReply reply = new StreamReply.Refused(reason);
        decision.promise(() -> attach.client().onReply(attach.token(), reply));
    }

    /// Looks for the first messages of a time.
    void search(Decision decision) {
        for (Iterator<Search> all = searches.iterator(); all.hasNext(); ) {
            Search search = all.next();
            StreamCommand.Attach attach = search.attach;
            Stream stream = streams.get(attach.stream());
            if (stream == null) {
                all.remove();
                refuse(attach, new Reason.NotFound("the stream does not exist"), decision);
                continue;
            }
            if (hasFound(search, stream, decision)) {
                all.remove();
                long base = stream.tail().base();
                long inTail = Math.max(search.at, stream.tail().since(search.millis));
                enter(attach, stream, search.at < base ? search.at : inTail, decision);
            }
        }
    }

    /// Goes to the first message in a block that came late enough, or to the tail; false when
    /// something must be read first.
    private boolean hasFound(Search search, Stream stream, Decision decision) {
        Browser browser = search.browser;
        while (true) {
            long limit = stream.tail().base();
            switch (browser.find(stream, search.at, limit, false, decision)) {
                case READING -> {
                    return false;
                }
                case NONE -> {
                    search.at = Math.max(search.at, limit);
                    return true;
                }
                case DAMAGED -> {
                    host.onDamaged(stream.host(), stream.name(), browser.position());
                    search.at = browser.end();
                }
                case MESSAGE -> {
                    search.at = browser.offset();
                    if (browser.payload().getLong(browser.from()) >= search.millis) {
                        return true;
                    }
                    search.at++;
                }
            }
        }
    }

    boolean onRead(long position, Log.@Nullable Block block) {
        boolean mine = false;
        for (Search search : searches) {
            mine |= search.browser.onRead(position, block);
        }
        return mine;
    }

    // ---- reading

    private @Nullable StreamReader get(long stream, long id) {
        StreamReader reader = readers.get(id);
        return reader == null || reader.feed().stream().id() != stream ? null : reader;
    }

    void resume(StreamCommand.Resume resume) {
        StreamReader reader = get(resume.stream(), resume.reader());
        if (reader != null) {
            reader.wake();
            dispatch.touch(reader.feed());
        }
    }

    void settle(StreamCommand.Settle settle) {
        StreamReader reader = get(settle.stream(), settle.reader());
        if (reader != null) {
            settle(reader, settle.from(), settle.to());
        }
    }

    private void settle(StreamReader reader, long from, long to) {
        Feed feed = reader.feed();
        reader.unsettled().remove(from, to, (offset, key) -> feed.letGo(key));
        cursors.moved(feed);
        dispatch.touch(feed);
    }

    void giveBack(StreamCommand.Return back) {
        StreamReader reader = get(back.stream(), back.reader());
        if (reader == null) {
            return;
        }
        if (reader.feed().cursor() == null) {
            settle(reader, back.from(), back.to());
        } else {
            giveBack(reader, back.from(), back.to());
        }
    }

    private void giveBack(StreamReader reader, long from, long to) {
        Feed feed = reader.feed();
        reader.unsettled()
                .remove(
                        from,
                        to,
                        (offset, key) -> {
                            feed.letGo(key);
                            if (offset >= feed.stream().first()) {
                                feed.await(offset, new Feed.Waiting(key, 0, true));
                            } else {
                                feed.miss(1);
                            }
                        });
        cursors.moved(feed);
        dispatch.touch(feed);
    }

    // ---- going

    void detach(StreamCommand.Detach detach, Decision decision) {
        endSearches(
                attach -> attach.reader() == detach.reader(),
                new Reason.Denied("the reader was ended before it had begun"),
                decision);
        StreamReader reader = get(detach.stream(), detach.reader());
        if (reader != null) {
            remove(reader, decision);
        }
        if (detach.token() != 0) {
            StreamReply reply = new StreamReply.Done(0);
            decision.promise(() -> detach.client().onReply(detach.token(), reply));
        }
    }

    private void remove(StreamReader reader, Decision decision) {
        Feed feed = reader.feed();
        readers.remove(reader.id());
        feed.members().remove(reader);
        if (feed.cursor() != null) {
            giveBack(reader, 0, Long.MAX_VALUE);
        } else {
            feed.stream().remove(feed);
        }
        if (feed.members().isEmpty()) {
            if (feed.cursor() != null) {
                abandon(feed, decision);
            }
            dispatch.forget(feed);
        }
    }

    /// Nobody reads for the cursor: it is where the log has it, and the rest is remembered for who
    /// comes back soon.
    private void abandon(Feed feed, Decision decision) {
        abandoned.add(feed);
        if (feed.waiting().size() > LEFT_MAX) {
            drop(feed, decision);
        } else if (abandoned.size() > ABANDONED_MAX) {
            drop(abandoned.getFirst(), decision);
        }
    }

    private void drop(Feed feed, Decision decision) {
        Stream stream = feed.stream();
        String cursor = feed.cursor();
        Stream.Mark before = cursor == null ? null : stream.cursors().get(cursor);
        if (cursor != null && before != null && before.offset() != feed.committed()) {
            cursors.set(stream, cursor, feed.committed());
        }
        cursors.left(feed);
        cursors.log(decision);
        remove(feed);
        dispatch.forget(feed);
    }

    private void remove(Feed feed) {
        abandoned.remove(feed);
        feed.stream().remove(feed);
    }

    /// Who waits to be let in is not.
    private void endSearches(
            Predicate<StreamCommand.Attach> ended, Reason reason, Decision decision) {
        searches.removeIf(search -> {
            boolean concerned = ended.test(search.attach);
            if (concerned) {
                refuse(search.attach, reason, decision);
            }
            return concerned;
        });
    }

    /// The stream is gone: its readers are told.
    void end(Stream stream, Decision decision) {
        endSearches(
                attach -> attach.stream() == stream.id(),
                new Reason.NotFound("the stream does not exist any more"),
                decision);
        for (Feed feed : List.copyOf(stream.feeds())) {
            for (StreamReader reader : List.copyOf(feed.members())) {
                readers.remove(reader.id());
                feed.members().remove(reader);
                decision.promise(() -> reader.client().onEnded(reader.id()));
            }
            remove(feed);
            dispatch.forget(feed);
        }
    }

    /// Feeds of cursors without readers, of which the log knows everything.
    void forget(List<Feed> feeds) {
        feeds.forEach(this::remove);
    }

    /// Makes a cursor stand elsewhere, or forgets it.
    void move(StreamCommand.Move move, Decision decision) {
        Stream stream = streams.get(move.stream());
        StreamReply reply;
        if (stream == null) {
            reply = new StreamReply.Refused(new Reason.NotFound("the stream does not exist"));
        } else if (ShortText.bytes(move.cursor()).length > ShortText.BYTES_MAX) {
            reply = new StreamReply.Refused(new Reason.Invalid("a cursor's name is too long"));
        } else {
            reply = move(move, stream, decision);
        }
        decision.promise(() -> move.client().onReply(move.token(), reply));
    }

    private StreamReply move(StreamCommand.Move move, Stream stream, Decision decision) {
        String name = move.cursor();
        Feed feed = stream.feed(name);
        if (feed != null && !feed.members().isEmpty()) {
            return new StreamReply.Refused(
                    new Reason.Precondition("readers have the cursor '" + name + "'"));
        }
        boolean known = stream.cursors().containsKey(name);
        if (!known && move.offset() < 0) {
            return new StreamReply.Refused(
                    new Reason.NotFound("there is no cursor '" + name + "'"));
        }
        if (!known && stream.cursors().size() >= CURSORS_MAX) {
            return new StreamReply.Refused(new Reason.Full("the stream has too many cursors"));
        }
        if (feed != null) {
            cursors.left(feed);
            remove(feed);
        }
        cursors.set(stream, name, Math.min(move.offset(), stream.next()));
        cursors.log(decision);
        return new StreamReply.Done(0);
    }
}
