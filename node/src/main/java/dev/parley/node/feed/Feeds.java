package dev.parley.node.feed;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.stream.Start;
import dev.parley.front.http.HttpConfig;
import dev.parley.front.http.HttpService.Answer;
import dev.parley.front.http.HttpService.Response;
import dev.parley.front.http.Line;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.pace.Misses;
import dev.parley.front.pace.Outbox;
import dev.parley.front.pace.Slow;
import dev.parley.node.feed.FeedMetrics.Count;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All readers over HTTP: how many there may be, what they share, and the clock for them.
public final class Feeds {
    /// What clients of feeds say that they speak.
    public static final String PROTOCOL = "parley.json.v1";

    private static final int GOING_AWAY = 1001;
    private static final int POLICY = 1008;

    private final MqttBroker broker;
    private final HttpConfig config;
    private final FeedMetrics metrics = new FeedMetrics();
    private final Set<Reader> feeds = new LinkedHashSet<>();

    /// The message that was shown last, and how: it is one for all who get it now.
    private @Nullable Publication last;

    private @Nullable Shown shown;

    public Feeds(MqttBroker broker, HttpConfig config) {
        this.broker = broker;
        this.config = config;
    }

    public FeedMetrics metrics() {
        return metrics;
    }

    MqttBroker broker() {
        return broker;
    }

    int bytesMax() {
        return config.feedBytesMax();
    }

    long heartbeatMillis() {
        return config.heartbeatMillis();
    }

    <M extends Outbox.Message> Outbox<M> outbox(Slow slow, Misses misses) {
        return new Outbox<>(
                slow,
                config.feedMessagesMax(),
                config.feedBytesMax(),
                broker.slowReaders(),
                misses);
    }

    Shown shown(Publication message) {
        Shown known = shown;
        if (known == null || last != message) {
            known = Shown.of(message, false, broker.wallMillis());
            last = message;
            shown = known;
        }
        return known;
    }

    // ---- who comes and goes

    /// Opens a stream of events of what some filters match.
    ///
    /// @param filters that the grant permits
    /// @param since the identifier of the last event that the reader had, or null
    /// @return why it may not be; null: it is open, or its client has gone
    public @Nullable Response events(
            Answer answer,
            Grant grant,
            List<String> filters,
            Slow slow,
            boolean retained,
            @Nullable String since,
            String peer) {
        Response refusal = refusal(grant);
        if (refusal != null) {
            return refusal;
        }
        boolean open =
                answer.stream(
                        EventForm.head(),
                        line -> {
                            EventForm form = new EventForm(broker::wallMillis);
                            Feed feed = new Feed(this, grant, slow, form, line, peer);
                            form.begin(line, since);
                            for (String filter : filters) {
                                feed.subscribe(filter, 0, retained);
                            }
                            return new EventReader(feed);
                        });
        if (!open) {
            grant.leave();
        }
        return null;
    }

    /// Opens a stream of events of what a stream keeps, and of what comes; likewise.
    ///
    /// @param stream that the grant permits to read
    /// @param start where a reader begins who had no event yet
    public @Nullable Response events(
            Answer answer,
            Grant grant,
            QueueEntry stream,
            Start start,
            @Nullable String since,
            String peer) {
        Response refusal = refusal(grant);
        if (refusal != null) {
            return refusal;
        }
        boolean open =
                answer.stream(
                        EventForm.head(),
                        line -> {
                            StreamReader reader = new StreamReader(this, grant, stream, line, peer);
                            reader.begin(StreamReader.Since.of(since), start);
                            return reader;
                        });
        if (!open) {
            grant.leave();
        }
        return null;
    }

    /// Opens a feed of JSON over WebSocket; likewise.
    public @Nullable Response json(Answer answer, Grant grant, Slow slow, String peer) {
        Response refusal = refusal(grant);
        if (refusal != null) {
            return refusal;
        }
        boolean open =
                answer.upgrade(
                        PROTOCOL,
                        config.feedBytesMax(),
                        line -> new JsonSession(this, grant, slow, line, peer));
        if (!open) {
            grant.leave();
        }
        return null;
    }

    private @Nullable Response refusal(Grant grant) {
        if (feeds.size() >= config.feedsMax()) {
            metrics.count(Count.REFUSED);
            return Response.text(503, "there are too many readers\n").with("Retry-After", "30");
        }
        String why = grant.enter();
        if (why == null) {
            return null;
        }
        metrics.count(Count.REFUSED);
        return Response.text(403, why + "\n");
    }

    void add(Reader feed) {
        feeds.add(feed);
        metrics.count(Count.READERS);
    }

    void remove(Reader feed) {
        if (feeds.remove(feed)) {
            metrics.add(Count.READERS, -1);
        }
    }

    /// How each of them stands.
    public List<Map<String, Object>> rows() {
        return feeds.stream().map(Reader::row).toList();
    }

    /// Lets all look at the clock; about twice a second.
    public void onTick() {
        last = null;
        shown = null;
        List.copyOf(feeds).forEach(Reader::onTick);
    }

    /// The node goes.
    public void shutdown() {
        List.copyOf(feeds).forEach(feed -> feed.stop(GOING_AWAY, "the node is shutting down"));
    }

    /// Sends one away; returns whether there is one of that number.
    public boolean close(long id, String why) {
        for (Reader feed : List.copyOf(feeds)) {
            if (feed.id() == id) {
                feed.stop(POLICY, why);
                return true;
            }
        }
        return false;
    }

    /// A reader of events says nothing.
    private record EventReader(Feed feed) implements Line.Peer {
        @Override
        public void onWritable() {
            feed.pump();
        }

        @Override
        public void onText(java.nio.ByteBuffer text) {
            // HTTP/1.1 has no texts.
        }

        @Override
        public void onGone() {
            feed.close();
        }
    }
}
