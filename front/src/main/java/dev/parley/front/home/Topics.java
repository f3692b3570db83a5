package dev.parley.front.home;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogMachine;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.shard.Command;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Target;
import dev.parley.core.topic.Terms;
import dev.parley.core.topic.TopicClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicHost;
import dev.parley.core.topic.TopicMessage;
import dev.parley.front.amqp.TopicBridge;
import dev.parley.front.home.Route.Reach;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.mqtt.MqttConnection;
import dev.parley.front.mqtt.MqttMetrics;
import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.ReasonCode;
import dev.parley.front.mqtt.Subscriber;
import dev.parley.front.mqtt.TopicNames;
import dev.parley.front.mqtt.TopicSpace;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Brings messages to subscribers: those that are connected at once, those whose sessions outlive
/// their connections through their shards, and the queues that are bound to `amq.topic`.
final class Topics implements TopicSpace, TopicBridge {
    /// The node, as far as topics need it.
    interface Way {
        void offer(int shard, Command command);
    }

    private final int shards;
    private final Way way;
    private final Supplier<Catalog> catalog;
    private final LongSupplier wallMillis;
    private final MqttMetrics metrics;
    private final QueueBridge queues;
    private final Receipts receipts = new Receipts();
    private final Map<String, Subscriptions> hosts = new HashMap<>();

    /// Connections by virtual host and client identifier.
    private final Map<String, Map<String, MqttConnection>> connected = new HashMap<>();

    /// The sessions that outlive their connections and have one.
    private final Map<Long, Subscriber> attached = new HashMap<>();

    private final Map<Subscriber, Map<String, Subscription>> live = new HashMap<>();
    private final Map<Long, Set<String>> durable = new HashMap<>();

    /// What queues are about to have, by what makes it recognisable when it is repeated.
    private final Map<TopicCommand.Origin, Entering> entering = new HashMap<>();

    /// Not in use: a publish that an answer brings about is another one, inside the first.
    private final ArrayDeque<Batch> idle = new ArrayDeque<>();

    Topics(
            int shards,
            Way way,
            Supplier<Catalog> catalog,
            LongSupplier wallMillis,
            MqttMetrics metrics) {
        this.shards = shards;
        this.way = way;
        this.catalog = catalog;
        this.wallMillis = wallMillis;
        this.metrics = metrics;
        this.queues = new QueueBridge(catalog, way, receipts);
    }

    // ---- who is there

    @Override
    public void enter(String host, String clientId, MqttConnection connection) {
        MqttConnection before =
                connected
                        .computeIfAbsent(host, same -> new LinkedHashMap<>())
                        .put(clientId, connection);
        if (before != null && before != connection) {
            before.disconnect(
                    ReasonCode.SESSION_TAKEN_OVER, "the client has another connection", true);
        }
    }

    @Override
    public void leave(String host, String clientId, MqttConnection connection) {
        Map<String, MqttConnection> here = connected.get(host);
        if (here != null && here.remove(clientId, connection) && here.isEmpty()) {
            connected.remove(host);
        }
    }

    @Override
    public Collection<MqttConnection> connections(String host) {
        return List.copyOf(connected.getOrDefault(host, Map.of()).values());
    }

    @Override
    public @Nullable MqttConnection connection(String host, String clientId) {
        return connected.getOrDefault(host, Map.of()).get(clientId);
    }

    @Override
    public Map<String, Integer> filters(String host) {
        Subscriptions here = hosts.get(host);
        return here == null ? Map.of() : here.filters();
    }

    @Override
    public void attach(long session, Subscriber subscriber) {
        attached.put(session, subscriber);
        for (String filter : durable.getOrDefault(session, Set.of())) {
            if (Subscription.isShared(filter)) {
                gather(subscriber.host(), filter);
            }
        }
    }

    /// A member of a group is there: what waits for others of it that are away comes to it.
    private void gather(String host, String group) {
        for (int shard = 0; shard < shards; shard++) {
            way.offer(shard, new TopicCommand.Gather(host, group));
        }
    }

    @Override
    public void detach(long session, Subscriber subscriber) {
        attached.remove(session, subscriber);
    }

    @Override
    public int shardOf(String host, String name) {
        return CatalogMachine.shardOf(host, name, shards);
    }

    /// What publishers have to wait for has changed.
    void onRoom() {
        for (Map<String, MqttConnection> here : List.copyOf(connected.values())) {
            List.copyOf(here.values()).forEach(MqttConnection::onRoom);
        }
    }

    boolean exists(String host) {
        return catalog.get().host(host) != null;
    }

    /// Whoever is connected to them has to go.
    void onHostsGone(Collection<String> gone) {
        for (String host : gone) {
            connections(host).forEach(one -> one.onGone("the virtual host was removed"));
            Subscriptions here = hosts.get(host);
            if (here != null && here.size() == 0) {
                hosts.remove(host);
            } else if (here != null) {
                here.forget();
            }
        }
    }

    /// Whoever is connected as one of them has to go.
    void onUsersGone(Collection<String> gone) {
        eachOf(gone, one -> one.onGone("user '" + one.user() + "' was deleted"));
    }

    /// They may do something else by now.
    void onPermissionsChanged(Collection<String> users) {
        eachOf(users, MqttConnection::onPermissionsChanged);
    }

    private void eachOf(Collection<String> users, Consumer<MqttConnection> action) {
        for (String host : List.copyOf(connected.keySet())) {
            connections(host).stream().filter(one -> one.isOf(users)).forEach(action);
        }
    }

    // ---- subscriptions

    Subscriptions at(String host) {
        return hosts.computeIfAbsent(host, same -> new Subscriptions());
    }

    @Override
    public boolean subscribe(Subscriber subscriber, Subscription subscription) {
        live.computeIfAbsent(subscriber, same -> new HashMap<>(2))
                .put(subscription.filter(), subscription);
        return at(subscriber.host()).add(subscriber, subscription);
    }

    @Override
    public boolean unsubscribe(Subscriber subscriber, String filter) {
        Map<String, Subscription> filters = live.get(subscriber);
        if (filters != null && filters.remove(filter) != null && filters.isEmpty()) {
            live.remove(subscriber);
        }
        return at(subscriber.host()).remove(subscriber, filter);
    }

    @Override
    public void forget(Subscriber subscriber) {
        Map<String, Subscription> filters = live.remove(subscriber);
        if (filters != null) {
            Subscriptions here = at(subscriber.host());
            filters.keySet().forEach(filter -> here.remove(subscriber, filter));
        }
    }

    void onSubscribed(String host, long session, Subscription subscription) {
        if (MqttConnection.readsStream(subscription)) {
            return; // its connection reads it
        }
        at(host).add(session, subscription);
        durable.computeIfAbsent(session, same -> new HashSet<>(2)).add(subscription.filter());
        if (subscription.shared() && attached.containsKey(session)) {
            gather(host, subscription.filter());
        }
    }

    void onUnsubscribed(String host, long session, String filter) {
        Set<String> filters = durable.get(session);
        if (filters != null && filters.remove(filter)) {
            at(host).remove(session, filter);
            if (filters.isEmpty()) {
                durable.remove(session);
            }
        }
    }

    void onEnded(String host, long session) {
        Set<String> filters = durable.remove(session);
        if (filters != null) {
            filters.forEach(filter -> at(host).remove(session, filter));
        }
    }

    // ---- messages

    @Override
    public void publish(
            String host,
            Publication message,
            @Nullable Subscriber publisher,
            TopicCommand.@Nullable Origin origin,
            @Nullable Receipt receipt,
            long token) {
        boolean queued = toQueues(host, message.topic());
        if (origin != null && receipt != null && (queued || entering.containsKey(origin))) {
            Entering one = new Entering(origin, receipt, token);
            if (entering.put(origin, one) == null) {
                Publication kept = message.detached();
                Runnable then = () -> spread(host, kept, publisher, origin, one, 0, 0);
                long before = receipts.before(queues.shards(), one, 0, then);
                queues.publish(kept, publisher, before, wallMillis.getAsLong());
            }
            return;
        }
        spread(host, message, publisher, origin, receipt, token, queues.shards());
    }

    /// A publish that must not happen twice, and that queues are to have first: only then it goes
    /// to the sessions, whose shard remembers it. A crash between the two brings it to the queues
    /// again, which may happen; a client that breaks off and repeats it meanwhile does not.
    private final class Entering implements Receipt {
        private final TopicCommand.Origin origin;
        private final Receipt receipt;
        private final long token;

        Entering(TopicCommand.Origin origin, Receipt receipt, long token) {
            this.origin = origin;
            this.receipt = receipt;
            this.token = token;
        }

        /// Whoever repeats it has taken the place of whoever published it.
        private Entering last() {
            Entering last = entering.remove(origin);
            return last == null ? this : last;
        }

        @Override
        public void onAccepted(long ours, boolean matched) {
            Entering last = last();
            last.receipt.onAccepted(last.token, matched);
        }

        @Override
        public void onRefused(long ours, Reason reason) {
            Entering last = last();
            last.receipt.onRefused(last.token, reason);
        }
    }

    /// Finds the queues that a message goes to; returns whether there are any.
    private boolean toQueues(String host, String topic) {
        boolean any = queues.prepare(host, topic);
        if (queues.tooLong()) {
            metrics.count(Count.UNROUTABLE);
        }
        return any;
    }

    @Override
    public boolean isQueued(String host, String topic) {
        return queues.prepare(host, topic);
    }

    private Batch begin() {
        Batch one = idle.poll();
        return one == null ? new Batch(shards) : one;
    }

    private void end(Batch batch) {
        batch.clear();
        idle.push(batch);
    }

    /// @param toQueues shards with queues that get it at the same time
    private void spread(
            String host,
            Publication message,
            @Nullable Subscriber publisher,
            TopicCommand.@Nullable Origin origin,
            @Nullable Receipt receipt,
            long token,
            int toQueues) {
        Route route = at(host).route(message.topic());
        if (!route.whole()) {
            metrics.count(Count.UNMATCHED);
        }
        Batch batch = begin();
        toSubscribers(batch, route, message, publisher == null ? null : publisher.key());
        if (message.retain()) {
            batch.keeper(shardOf(host, message.topic()));
        }
        TopicMessage body = batch.isEmpty() && origin == null ? null : body(message);
        int commands = toQueues;
        if (body != null) {
            commands += origin == null ? batch.shards() : 1;
        }
        boolean matched = !route.isEmpty() || toQueues > 0;
        long ours = 0;
        TopicClient client = receipts;
        TopicClient alone = receipt == null ? null : receipt.alone();
        if (alone != null && commands == 1 && toQueues == 0 && matched) {
            client = alone;
            ours = token;
        } else if (receipt != null && commands > 0) {
            ours = receipts.expect(commands, receipt, token, matched);
        } else if (receipt != null) {
            receipt.onAccepted(token, matched);
        }
        if (body != null) {
            send(batch, host, body, origin, client, ours);
        }
        if (toQueues > 0) {
            queues.publish(message, publisher, ours, wallMillis.getAsLong());
        }
        batch.deliver(message);
        end(batch);
    }

    private void toSubscribers(
            Batch batch, Route route, Publication message, @Nullable Object publisher) {
        List<Reach> reaches = route.reaches();
        for (int i = 0; i < reaches.size(); i++) {
            Reach use = reaches.get(i).from(publisher);
            if (use != null) {
                note(batch, message, use, "");
            }
        }
        for (Group group : route.groups()) {
            Reach member = group.choose(this::rank);
            if (member != null) {
                note(batch, message, member, group.filter());
            }
        }
    }

    private int rank(Reach member) {
        Object who = member.subscriber();
        Subscriber here = who instanceof Subscriber one ? one : attached.get(who);
        if (here == null) {
            return member.qos() > 0 ? Group.AWAY : Group.LOST;
        }
        return here.ready() ? Group.READY : Group.CONNECTED;
    }

    /// Notes who gets the message: those who are connected get it last, so that its publisher, if
    /// it is among them, has its acknowledgement first.
    private void note(Batch batch, Publication message, Reach to, String group) {
        int qos = Math.min(message.qos(), to.qos());
        boolean retain = message.retain() && to.asPublished();
        if (message.retain()) {
            tellRetained(to.subscriber(), message.topic());
        }
        if (to.subscriber() instanceof Subscriber here) {
            batch.add(here, qos, retain, to.ids());
        } else if (to.subscriber() instanceof Long session) {
            if (qos > 0) {
                batch.add(to.target(session, qos, retain, group));
                return;
            }
            Subscriber here = attached.get(session);
            if (here != null) {
                batch.add(here, 0, retain, to.ids());
            } else {
                metrics.count(Count.ABSENT);
            }
        }
    }

    private void tellRetained(Object to, String topic) {
        Subscriber here = to instanceof Subscriber one ? one : attached.get(to);
        if (here != null) {
            here.onRetained(topic);
        }
    }

    private void send(
            Batch batch,
            String host,
            TopicMessage body,
            TopicCommand.@Nullable Origin origin,
            TopicClient client,
            long token) {
        if (origin != null) {
            way.offer(
                    Target.shardOf(origin.session()),
                    new TopicCommand.Publish(
                            client, token, origin, host, body, batch.keeper(), batch.all()));
            return;
        }
        batch.each((shard, keeps, targets) ->
                way.offer(
                        shard,
                        new TopicCommand.Publish(
                                client,
                                token,
                                null,
                                host,
                                body,
                                keeps ? shard : TopicHost.NOWHERE,
                                targets)));
    }

    private static TopicMessage body(Publication message) {
        return new TopicMessage(
                message.topic(),
                message.qos(),
                message.expiresAt() == Long.MAX_VALUE ? 0 : message.expiresAt(),
                message.properties(),
                message.payload());
    }

    @Override
    public void put(String host, long session, Publication message, int qos, Ids ids) {
        Target target = new Target(session, new Terms(qos, true, ids.list(), ""));
        way.offer(
                Target.shardOf(session),
                new TopicCommand.Publish(
                        receipts,
                        0,
                        null,
                        host,
                        body(message),
                        TopicHost.NOWHERE,
                        List.of(target)));
    }

    @Override
    public Cursor retained(String host, String filter, Runnable onMore) {
        boolean one = filter.indexOf('+') < 0 && filter.indexOf('#') < 0;
        int first = one ? shardOf(host, filter) : 0;
        return new RetainedCursor(
                way::offer, host, filter, first, one ? first + 1 : shards, wallMillis, onMore);
    }

    // ---- from the node itself

    @Override
    public int watchers(String host) {
        Subscriptions here = hosts.get(host);
        return here == null ? 0 : here.watchers();
    }

    @Override
    public void announce(String host, Publication message) {
        spread(host, message, null, null, null, 0, 0);
    }

    // ---- from queues' publishers

    @Override
    public boolean reaches(String host, String routingKey) {
        Subscriptions here = hosts.get(host);
        if (here == null || here.size() == 0) {
            return false;
        }
        String topic = AmqpProperties.topic(routingKey);
        return topic != null && !TopicNames.isSystem(topic) && !here.route(topic).isEmpty();
    }

    @Override
    public void publish(
            String host,
            String routingKey,
            ByteBuffer properties,
            ByteBuffer body,
            QueueClient client,
            long token) {
        publish(host, routingKey, properties, body, token == 0 ? null : new Confirm(client), token);
    }

    /// The same for whoever else waits for it, or nobody.
    void publish(
            String host,
            String routingKey,
            ByteBuffer properties,
            ByteBuffer body,
            @Nullable Receipt receipt,
            long token) {
        long now = wallMillis.getAsLong();
        Publication message = AmqpProperties.toMqtt(routingKey, properties, body, now);
        spread(host, message, null, null, receipt, token, 0);
    }

    /// Answers a publisher of AMQP.
    private record Confirm(QueueClient client) implements Receipt {
        @Override
        public void onAccepted(long token, boolean matched) {
            client.onAccepted(token, token);
        }

        @Override
        public void onRefused(long token, Reason reason) {
            client.onRefused(token, reason);
        }
    }

    // ---- wills, and what their shards ask for them

    /// The durable sessions that a message reaches.
    List<Target> route(String host, TopicMessage message, boolean retain, long publisher) {
        List<Target> targets = new ArrayList<>();
        Route route = at(host).route(message.topic());
        for (Reach reach : route.reaches()) {
            Reach use = reach.from(publisher);
            if (use != null && use.subscriber() instanceof Long session) {
                targets.add(target(message, retain, session, use, ""));
            }
        }
        for (Group group : route.groups()) {
            if (group.choose(this::liveRank) != null) {
                continue; // a member that is connected gets it, see onWill
            }
            Reach member = group.choose(this::rank);
            if (member != null && member.subscriber() instanceof Long session) {
                targets.add(target(message, retain, session, member, group.filter()));
            }
        }
        return targets;
    }

    private Target target(
            TopicMessage message, boolean retain, long session, Reach use, String group) {
        int qos = Math.min(message.qos(), use.qos());
        if (retain) {
            tellRetained(session, message.topic());
        }
        return use.target(session, qos, retain && use.asPublished(), group);
    }

    /// Brings a will to those who are connected and to queues: durable sessions have it.
    void onWill(String host, TopicMessage message, boolean retain, long publisher) {
        Publication publication =
                new Publication(
                        message.topic(),
                        message.qos(),
                        retain,
                        message.expiryMillis() == 0 ? Long.MAX_VALUE : message.expiryMillis(),
                        message.properties(),
                        message.payload());
        Route route = at(host).route(message.topic());
        Batch batch = begin();
        for (Reach reach : route.reaches()) {
            Reach use = reach.from(publisher);
            if (use != null && use.subscriber() instanceof Subscriber) {
                note(batch, publication, use, "");
            }
        }
        for (Group group : route.groups()) {
            Reach member = group.choose(this::liveRank);
            if (member != null) {
                note(batch, publication, member, group.filter());
            }
        }
        if (toQueues(host, message.topic())) {
            queues.publish(publication, null, 0, wallMillis.getAsLong());
        }
        batch.deliver(publication);
        end(batch);
    }

    private int liveRank(Reach member) {
        return member.subscriber() instanceof Subscriber ? rank(member) : 0;
    }

    /// Another durable member of a group than `session`: one for whom messages are kept, or, where
    /// that session is gone and nobody else is left, one that is connected and asks for QoS 0. (In
    /// the same shard such a one only counts the message as missed.)
    @Nullable Target member(String host, Terms terms, long session, boolean onlyConnected) {
        Group group = at(host).group(terms.group());
        if (group == null) {
            return null;
        }
        Reach found =
                group.choose(member ->
                        member.qos() > 0 && isOther(member, session, onlyConnected)
                                ? rank(member)
                                : 0);
        if (found == null && !onlyConnected) {
            found = group.choose(member -> isOther(member, session, true) ? rank(member) : 0);
        }
        return found != null && found.subscriber() instanceof Long other
                ? new Target(
                        other,
                        new Terms(
                                Math.min(terms.qos(), found.qos()),
                                terms.retain(),
                                found.idList(),
                                terms.group()))
                : null;
    }

    private boolean isOther(Reach member, long session, boolean connected) {
        return member.subscriber() instanceof Long other
                && other != session
                && (!connected || attached.containsKey(other));
    }
}
