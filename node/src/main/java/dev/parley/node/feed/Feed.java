package dev.parley.node.feed;

import dev.parley.api.Reason;
import dev.parley.core.topic.Subscription;
import dev.parley.front.http.Line;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.Subscriber;
import dev.parley.front.mqtt.TopicSpace;
import dev.parley.front.pace.Misses;
import dev.parley.front.pace.Outbox;
import dev.parley.front.pace.Slow;
import dev.parley.node.feed.FeedMetrics.Count;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One reader: what it subscribes to, the retained messages that it gets first, and what waits
/// while it does not read.
final class Feed implements Subscriber, Reader {
    /// A message that waits.
    private record Waiting(Shown shown, Ids ids) implements Outbox.Message {
        @Override
        public String topic() {
            return shown.topic();
        }

        @Override
        public int weight() {
            return shown.weight();
        }
    }

    private record Source(String filter, TopicSpace.Cursor cursor, Ids ids) {}

    private static final int FILTERS_SHOWN = 20;

    private final Feeds feeds;
    private final long id;
    private final Grant grant;
    private final Slow slow;
    private final Form form;
    private final Line line;
    private final String peer;
    private final Misses misses = new Misses();
    private final Outbox<Waiting> outbox;
    private final Set<String> filters = new HashSet<>();
    private final ArrayDeque<Source> sources = new ArrayDeque<>();
    private long beaten;
    private long sent;
    private boolean pumping;

    /// Whether it gets nothing more.
    private boolean leaving;

    private boolean ended;

    /// @param peer where the client is
    Feed(Feeds feeds, Grant grant, Slow slow, Form form, Line line, String peer) {
        this.feeds = feeds;
        this.id = feeds.broker().nextId();
        this.grant = grant;
        this.slow = slow;
        this.form = form;
        this.line = line;
        this.peer = peer;
        this.outbox = feeds.outbox(slow, misses);
        this.beaten = feeds.broker().tickMillis();
        feeds.add(this);
    }

    @Override
    public String host() {
        return grant.host();
    }

    @Override
    public String clientId() {
        return peer;
    }

    // ---- subscriptions

    /// Why a filter may not be subscribed to, or null.
    @Nullable Reason refusal(String filter) {
        if (!grant.maySubscribe(filter)) {
            return new Reason.Denied(
                    "'%s' may not subscribe to '%s'".formatted(grant.user(), filter));
        }
        if (!filters.contains(filter) && filters.size() >= feeds.broker().mqtt().filtersMax()) {
            return new Reason.Full("too many filters");
        }
        return null;
    }

    /// Subscribes to what is not refused, or changes a subscription.
    ///
    /// @param id a number that comes with its messages, 0: none
    /// @param retained whether the retained messages come first
    void subscribe(String filter, int id, boolean retained) {
        filters.add(filter);
        TopicSpace topics = feeds.broker().topics();
        topics.subscribe(this, new Subscription(filter, 1, false, false, id));
        sources.removeIf(source -> source.filter().equals(filter));
        if (retained) {
            Ids ids = Ids.of(id);
            sources.add(new Source(filter, topics.retained(host(), filter, this::pump), ids));
        }
        pump();
    }

    /// Returns whether there was such a subscription.
    boolean unsubscribe(String filter) {
        sources.removeIf(source -> source.filter().equals(filter));
        feeds.broker().topics().unsubscribe(this, filter);
        boolean known = filters.remove(filter);
        pump();
        return known;
    }

    // ---- messages

    @Override
    public void onMessage(Publication message, int qos, boolean retain, Ids ids) {
        if (leaving) {
            return;
        }
        Waiting one = new Waiting(feeds.shown(message), ids);
        boolean now = sources.isEmpty() && outbox.isEmpty() && line.writable();
        if (now && outbox.fits(one)) {
            say(one);
            return;
        }
        take(one);
        if (now) {
            pump();
        }
    }

    /// What was retained before must not come after it, nor it itself before what is older.
    @Override
    public void onRetained(String topic) {
        sources.forEach(source -> source.cursor().overtake(topic));
    }

    private void take(Waiting one) {
        long before = misses.total();
        boolean stays = outbox.offer(one);
        feeds.metrics().add(Count.MISSED, misses.total() - before);
        if (!stays) {
            feeds.metrics().count(Count.DISCONNECTED);
            leaving = true;
            sources.clear();
            outbox.clear();
            // The rest when the connection has ended: it may publish a will, and this message is on
            // its way to others yet.
            form.tooSlow(line);
        }
    }

    @Override
    public boolean ready() {
        return !leaving && outbox.isEmpty() && line.writable();
    }

    /// Sends what the reader takes: retained messages first, then what waits.
    void pump() {
        if (pumping || leaving) {
            return;
        }
        pumping = true;
        try {
            while (!leaving && line.writable() && next()) {
                // One thing after the other.
            }
        } finally {
            pumping = false;
        }
    }

    /// Sends one thing, or finds that there is none now.
    private boolean next() {
        Source source = sources.peek();
        if (source != null) {
            Publication message = source.cursor().next();
            if (message == null) {
                return source.cursor().done() && sources.remove() != null;
            }
            Waiting one = new Waiting(Shown.of(message, true, 0), source.ids());
            if (outbox.fits(one)) {
                say(one);
            } else {
                take(one);
            }
            return true;
        }
        Outbox.Entry<Waiting> entry = outbox.poll();
        tellMissed(entry == null ? outbox.takeMissed() : entry.missed());
        if (entry == null) {
            return false;
        }
        if (entry.message().shown().expiresAt() <= feeds.broker().wallMillis()) {
            feeds.broker().mqttMetrics().count(MqttMetrics.Count.EXPIRED);
        } else {
            say(entry.message());
        }
        return true;
    }

    private void tellMissed(long count) {
        if (count > 0) {
            form.missed(line, count);
        }
    }

    private void say(Waiting one) {
        form.message(line, one.shown(), one.ids());
        sent++;
        feeds.metrics().count(Count.SENT);
    }

    // ---- time

    @Override
    public void onTick() {
        if (leaving) {
            return;
        }
        boolean withdrawn = grant.changed() && !filters.stream().allMatch(grant::maySubscribe);
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
        form.stopped(line, code, why);
        close();
    }

    @Override
    public long id() {
        return id;
    }

    /// The reader has gone, or is sent away.
    void close() {
        if (!ended) {
            ended = true;
            leaving = true;
            feeds.broker().topics().forget(this);
            sources.clear();
            outbox.clear();
            feeds.remove(this);
            grant.leave();
            form.onEnd();
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
        row.put("subscriptions", filters.size());
        row.put("filters", filters.stream().sorted().limit(FILTERS_SHOWN).toList());
        row.put("slow", slow.word());
        row.put("waiting", outbox.size());
        row.put("sent", sent);
        row.put("missed", misses.total());
        row.put("missedOf", misses.rows());
        if (grant.expiresMillis() > 0) {
            row.put("expiresMillis", grant.expiresMillis());
        }
        return row;
    }
}
