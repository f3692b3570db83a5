package dev.parley.front.mqtt;

import dev.parley.api.Reason;
import dev.parley.api.Subject;
import dev.parley.api.SubjectFilter;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.shard.Command;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.pace.Crowd;
import dev.parley.front.pace.Outbox;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A node with topics and nothing else: one virtual host, everything at once, in memory.
public final class LoopTopics implements MqttBroker, TopicSpace {
    private record Entry(Subscriber subscriber, Subscription subscription) {}

    private record Waiting(Receipt receipt, long token) {}

    private final Catalog catalog;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, Publication> retained = new LinkedHashMap<>();
    private final Map<String, MqttConnection> connected = new HashMap<>();
    private final MqttMetrics metrics = new MqttMetrics();
    private final List<String> published = new ArrayList<>();
    private final List<String> put = new ArrayList<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Outbox.Pool pool = new Outbox.Pool(1 << 20);
    private final Crowd crowd = new Crowd(5_000);
    private MqttConfig config = MqttConfig.DEFAULT;
    private boolean holds;
    private boolean full;
    private boolean behind;
    private final List<Runnable> caughtUp = new ArrayList<>();
    private @Nullable String crowded;
    private @Nullable LoopSessions sessions;
    private long tick;
    private long ids;

    public LoopTopics(Catalog catalog) {
        this.catalog = catalog;
    }

    /// Everything that was published: `topic=payload`.
    List<String> published() {
        return published;
    }

    /// The topics of the retained messages that were put into sessions.
    List<String> put() {
        return put;
    }

    void configure(MqttConfig to) {
        config = to;
    }

    /// From now on publishes are answered by [#answer].
    void holdAnswers() {
        holds = true;
    }

    /// Answers the publish that has waited longest, or the one that came last.
    void answer(boolean last) {
        Waiting one = last ? waiting.removeLast() : waiting.removeFirst();
        one.receipt().onAccepted(one.token(), true);
    }

    /// The disk is full, or is no longer.
    void full(boolean now) {
        full = now;
        List.copyOf(connected.values()).forEach(MqttConnection::onRoom);
    }

    /// The disk is behind, or is no longer.
    void behind(boolean now) {
        behind = now;
        if (!now) {
            List<Runnable> tasks = List.copyOf(caughtUp);
            caughtUp.clear();
            tasks.forEach(Runnable::run);
        }
    }

    /// From now on nobody is let in.
    void crowded(String why) {
        crowded = why;
    }

    /// From now on there are sessions that stay.
    LoopSessions keepSessions() {
        LoopSessions made = new LoopSessions();
        sessions = made;
        return made;
    }

    void pass(long millis) {
        tick += millis;
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public void authenticate(
            InetSocketAddress peer, String user, String password, Consumer<@Nullable User> answer) {
        answer.accept(password.equals("wrong") ? null : catalog.user(user));
    }

    @Override
    public Handshake scram(InetSocketAddress peer) {
        return new Handshake() {
            @Override
            public void begin(byte[] said, Consumer<byte @Nullable []> challenge) {
                challenge.accept(said.length == 0 ? null : said);
            }

            @Override
            public @Nullable Admission prove(byte[] said) {
                User guest = catalog.user("guest");
                return said.length == 0 || guest == null
                        ? null
                        : new Admission("guest", guest, said);
            }
        };
    }

    @Override
    public @Nullable User certified(InetSocketAddress peer, @Nullable String name) {
        return null;
    }

    @Override
    public void succeed(User user, VirtualHost host) {
        // Nobody is counted here.
    }

    @Override
    public @Nullable String admit(User user, VirtualHost host) {
        return crowded;
    }

    @Override
    public void dismiss(User user, VirtualHost host) {}

    @Override
    public void offer(int shard, Command command) {
        LoopSessions kept = sessions;
        if (kept != null && command instanceof TopicCommand asked) {
            kept.decide(asked);
            return;
        }
        if (command instanceof TopicCommand.Discard discard) {
            // There are no sessions that stay.
            discard.client().onReply(discard.token(), new TopicReply.Done());
            return;
        }
        if (command instanceof TopicCommand.Attach attach) {
            Reason reason = new Reason.Unavailable("there are no sessions that stay");
            attach.client().onReply(attach.token(), new TopicReply.Refused(reason));
            return;
        }
        throw new IllegalStateException("no shard for " + command);
    }

    @Override
    public boolean isQueued(String host, String topic) {
        return topic.startsWith("queued/");
    }

    @Override
    public int watchers(String host) {
        return 0;
    }

    @Override
    public void announce(String host, Publication message) {
        throw new IllegalStateException("this node says nothing of itself");
    }

    @Override
    public long nextId() {
        return ++ids;
    }

    @Override
    public String randomName() {
        return "random";
    }

    @Override
    public boolean behind() {
        return behind;
    }

    @Override
    public void whenCaughtUp(Runnable task) {
        caughtUp.add(task);
    }

    @Override
    public boolean holdsPublishers() {
        return full;
    }

    @Override
    public long tickMillis() {
        return tick;
    }

    @Override
    public long wallMillis() {
        return 1_000_000 + tick;
    }

    @Override
    public MqttConfig mqtt() {
        return config;
    }

    @Override
    public MqttMetrics mqttMetrics() {
        return metrics;
    }

    @Override
    public Outbox.Pool slowReaders() {
        return pool;
    }

    @Override
    public Crowd crowd() {
        return crowd;
    }

    @Override
    public TopicSpace topics() {
        return this;
    }

    // ---- topics

    @Override
    public void enter(String host, String clientId, MqttConnection connection) {
        MqttConnection before = connected.put(clientId, connection);
        if (before != null) {
            before.disconnect(ReasonCode.SESSION_TAKEN_OVER, "another connection", true);
        }
    }

    @Override
    public void leave(String host, String clientId, MqttConnection connection) {
        connected.remove(clientId, connection);
    }

    @Override
    public void attach(long session, Subscriber subscriber) {}

    @Override
    public void detach(long session, Subscriber subscriber) {}

    @Override
    public int shardOf(String host, String name) {
        return 0;
    }

    @Override
    public void publish(
            String host,
            Publication message,
            @Nullable Subscriber publisher,
            TopicCommand.@Nullable Origin origin,
            @Nullable Receipt receipt,
            long token) {
        published.add(message.topic() + "=" + Utf8.text(message.payload().duplicate()));
        boolean matched = false;
        for (Entry entry : List.copyOf(entries)) {
            Subscription subscription = entry.subscription();
            if (new SubjectFilter(subscription.pattern()).matches(new Subject(message.topic()))) {
                matched = true;
                entry.subscriber()
                        .onMessage(
                                message,
                                Math.min(message.qos(), subscription.qos()),
                                message.retain() && subscription.retainAsPublished(),
                                Ids.of(subscription.id()));
            }
        }
        if (message.retain()) {
            retained.put(message.topic(), message.detached());
        }
        if (receipt != null && holds) {
            waiting.add(new Waiting(receipt, token));
        } else if (receipt != null) {
            receipt.onAccepted(token, matched);
        }
    }

    @Override
    public void put(String host, long session, Publication message, int qos, Ids ids) {
        if (sessions == null) {
            throw new IllegalStateException("there are no sessions that stay");
        }
        put.add(message.topic());
    }

    @Override
    public boolean subscribe(Subscriber subscriber, Subscription subscription) {
        boolean known = unsubscribe(subscriber, subscription.filter());
        entries.add(new Entry(subscriber, subscription));
        return !known;
    }

    @Override
    public boolean unsubscribe(Subscriber subscriber, String filter) {
        return entries.removeIf(one ->
                one.subscriber() == subscriber && one.subscription().filter().equals(filter));
    }

    @Override
    public void forget(Subscriber subscriber) {
        entries.removeIf(one -> one.subscriber() == subscriber);
    }

    @Override
    public Collection<MqttConnection> connections(String host) {
        return connected.values();
    }

    @Override
    public @Nullable MqttConnection connection(String host, String clientId) {
        return connected.get(clientId);
    }

    @Override
    public Map<String, Integer> filters(String host) {
        return Map.of();
    }

    @Override
    public Cursor retained(String host, String filter, Runnable onMore) {
        ArrayDeque<Publication> found = new ArrayDeque<>();
        retained.forEach((topic, message) -> {
            if (new SubjectFilter(filter).matches(new Subject(topic))) {
                found.add(message);
            }
        });
        return new Cursor() {
            @Override
            public @Nullable Publication next() {
                return found.poll();
            }

            @Override
            public boolean done() {
                return found.isEmpty();
            }

            @Override
            public void overtake(String topic) {
                found.removeIf(one -> one.topic().equals(topic));
            }
        };
    }
}
