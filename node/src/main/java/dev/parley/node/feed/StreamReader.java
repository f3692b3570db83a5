package dev.parley.node.feed;

import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.stream.Start;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.front.http.Line;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.stream.StreamFeed;
import dev.parley.node.feed.FeedMetrics.Count;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Events of a stream: what is kept of it, and then what comes. It stops while its reader does, and
/// goes on from there, so that a slow one misses only what the stream keeps no more.
final class StreamReader implements Reader, Line.Peer, StreamFeed.Sink {
    private static final String TOPICS = "amq.topic";

    private final Feeds feeds;
    private final Grant grant;
    private final QueueEntry stream;
    private final Line line;
    private final String peer;
    private final long id;
    private final EventForm form;
    private @Nullable StreamFeed feed;
    private long beaten;
    private long sent;
    private long missed;
    private long expected;
    private boolean ended;

    StreamReader(Feeds feeds, Grant grant, QueueEntry stream, Line line, String peer) {
        this.feeds = feeds;
        this.grant = grant;
        this.stream = stream;
        this.line = line;
        this.peer = peer;
        this.id = feeds.broker().nextId();
        this.form = new EventForm(feeds.broker()::wallMillis);
        this.beaten = feeds.broker().tickMillis();
        feeds.add(this);
    }

    /// Where a reader begins who had an event already; null: he had none.
    ///
    /// @param epoch that of no stream for an id that was never given
    record Since(long epoch, long offset) {
        private static final Since STRANGE = new Since(-1, 0);

        static @Nullable Since of(@Nullable String id) {
            if (id == null || id.isEmpty()) {
                return null;
            }
            if (!id.matches("[0-9]{1,18}-[0-9]{1,18}")) {
                return STRANGE;
            }
            int dash = id.indexOf('-');
            return new Since(
                    Long.parseLong(id.substring(0, dash)), Long.parseLong(id.substring(dash + 1)));
        }
    }

    /// @param start where a reader begins who had no event yet
    void begin(@Nullable Since since, Start start) {
        Start from = start;
        if (since != null && since.epoch() == stream.id()) {
            expected = since.offset() + 1;
            from = new Start.At(expected);
        } else if (since != null) {
            // Another stream has the name by now: none of it is known to him.
            form.say(line, "missed", "{\"epoch\":" + stream.id() + "}");
            from = new Start.First();
        }
        feed = StreamFeed.open(feeds.broker()::offer, stream, id, from, null, 0, this);
    }

    // ---- from the stream

    @Override
    public void onAttached(long next, long gone) {
        tellMissed(gone);
        if (next < expected) {
            // A backup was restored: what he had from here on is known to nobody else any more.
            form.say(line, "missed", "{\"next\":" + next + "}");
        }
    }

    @Override
    public boolean ready() {
        return !ended && line.writable();
    }

    @Override
    public void onMessage(StreamDelivery message) {
        tellMissed(message.missed());
        Shown shown = shown(message);
        if (shown.weight() > feeds.bytesMax()) {
            tellMissed(1);
            return;
        }
        form.message(line, stream.id() + "-" + message.offset(), shown);
        sent++;
        feeds.metrics().count(Count.SENT);
    }

    private Shown shown(StreamDelivery message) {
        String key = message.subject();
        Publication as =
                AmqpProperties.toMqtt(
                        key, message.properties(), message.body(), message.timeMillis());
        String name = message.exchange().equals(TOPICS) ? as.topic() : key;
        Publication named =
                new Publication(
                        name, as.qos(), false, as.expiresAt(), as.properties(), as.payload());
        return Shown.of(named, false, message.timeMillis());
    }

    private void tellMissed(long count) {
        if (count > 0) {
            missed += count;
            feeds.metrics().add(Count.MISSED, count);
            form.missed(line, count);
        }
    }

    @Override
    public void onRefused(Reason reason) {
        stop(0, reason.detail());
    }

    @Override
    public void onEnded() {
        form.say(line, "ended", "{}");
        stop(0, "the stream is gone");
    }

    // ---- from the reader

    @Override
    public void onWritable() {
        StreamFeed open = feed;
        if (open != null) {
            open.resume();
        }
    }

    @Override
    public void onText(ByteBuffer text) {
        // HTTP/1.1 has no texts.
    }

    @Override
    public void onGone() {
        close();
    }

    // ---- time

    @Override
    public long id() {
        return id;
    }

    @Override
    public void onTick() {
        boolean withdrawn = grant.changed() && !grant.mayReadStream(stream.name());
        if (withdrawn || !grant.stands()) {
            feeds.metrics().count(Count.EXPIRED);
            form.expired(line);
            close();
            return;
        }
        long now = feeds.broker().tickMillis();
        if (now - beaten >= feeds.heartbeatMillis()) {
            beaten = now;
            form.beat(line);
        }
    }

    @Override
    public void stop(int code, String why) {
        line.end(code, why);
        close();
    }

    private void close() {
        if (!ended) {
            ended = true;
            StreamFeed open = feed;
            if (open != null) {
                open.close();
            }
            feeds.remove(this);
            grant.leave();
        }
    }

    @Override
    public Map<String, Object> row() {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", id);
        row.put("protocol", form.protocol());
        row.put("user", grant.user());
        row.put("vhost", grant.host());
        row.put("peer", peer);
        row.put("stream", stream.name());
        row.put("sent", sent);
        row.put("missed", missed);
        if (grant.expiresMillis() > 0) {
            row.put("expiresMillis", grant.expiresMillis());
        }
        return row;
    }
}
