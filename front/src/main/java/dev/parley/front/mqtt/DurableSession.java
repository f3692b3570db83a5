package dev.parley.front.mqtt;

import dev.parley.api.Reason;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Target;
import dev.parley.core.topic.TopicClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicCommand.Step;
import dev.parley.core.topic.TopicDelivery;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.ClientPacket.Acknowledgement;
import dev.parley.front.mqtt.ClientPacket.Filter;
import dev.parley.front.mqtt.ClientPacket.Publish;
import dev.parley.front.mqtt.ClientPacket.Subscribe;
import dev.parley.front.mqtt.ClientPacket.Unsubscribe;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.StreamReadings.Suback;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A session that outlives its connection, as long as this one is there: the session itself, with
/// everything that must survive, is its shard's.
final class DurableSession implements MqttSession, Subscriber, TopicClient {
    /// Who waits for the answers to one SUBSCRIBE or UNSUBSCRIBE.
    private interface Request {
        /// @param at which of the filters
        void onAnswer(int at, boolean existed);

        /// The same for one that the shard does not take.
        void onRefused(int at, Reason reason);
    }

    /// An answer that is to come.
    ///
    /// @param at to which of the filters
    private record Expected(Request request, int at) {}

    /// The token of the first command of all.
    static final long ATTACH = 1;

    private final MqttConnection connection;
    private final MqttBroker broker;
    private final String host;
    private final String clientId;
    private final TreeSet<String> filters = new TreeSet<>();
    private final Receiving receiving;
    private final RetainedFeed retained;
    private final StreamReadings streams;
    private final Consumer<TopicReply> onAttach;
    private final Map<Long, Expected> expected = new HashMap<>();
    private long session;
    private long nextToken = ATTACH + 1;
    private boolean stalled;

    /// Messages that went out on this connection and are not settled, as the client counts them.
    private int inFlight;

    /// Packet ids that follow one another, acknowledged by the client and not told to the shard.
    private int runFirst;

    private int runCount;

    private boolean ended;

    /// @param window messages of QoS 1 and 2 that the client takes at a time
    /// @param onAttach told what becomes of [#ATTACH]
    DurableSession(
            MqttConnection connection,
            String host,
            String clientId,
            int window,
            Consumer<TopicReply> onAttach) {
        this.connection = connection;
        this.broker = connection.broker();
        this.host = host;
        this.clientId = clientId;
        this.onAttach = onAttach;
        this.receiving = new Receiving(connection);
        this.retained = new RetainedFeed(connection, this);
        this.streams = new StreamReadings(connection, window, () -> inFlight);
    }

    /// What the shard says when the session is there.
    void onAttached(TopicReply.Attached attached) {
        session = attached.session();
        attached.subscriptions().forEach(one -> filters.add(one.filter()));
        if (attached.present()) {
            receiving.recover(attached.received());
        }
        broker.topics().attach(session, this);
    }

    /// The connection is open: streams that the session reads for a cursor go on.
    void onOpen(TopicReply.Attached attached) {
        attached.subscriptions().stream().filter(StreamReadings::isKept).forEach(streams::resume);
    }

    /// Whether the client may still have what a subscription brings it.
    boolean mayKeep(Access access, Subscription subscription) {
        return StreamReadings.isKept(subscription)
                ? streams.mayResume(access, subscription)
                : access.maySubscribe(subscription.pattern());
    }

    long session() {
        return session;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public String clientId() {
        return clientId;
    }

    @Override
    public Object key() {
        return session;
    }

    private void offer(TopicCommand command) {
        if (runCount > 0) {
            onBreak();
        }
        broker.offer(Target.shardOf(session), command);
    }

    @Override
    public MqttConnection heldBack() {
        return connection;
    }

    // ---- from the client

    @Override
    public void onPublish(Publish packet, String topic) {
        if (receiving.knows(packet)) {
            receiving.repeat(packet);
            return;
        }
        if (!connection.access().mayPublish(topic)) {
            receiving.refuse(packet, ReasonCode.NOT_AUTHORIZED);
            return;
        }
        Publication message = Publication.of(packet, topic, broker.wallMillis());
        TopicSpace topics = broker.topics();
        if (packet.qos() == 0) {
            topics.publish(host, message, this, null, null, 0);
            return;
        }
        long token = receiving.take(packet);
        TopicCommand.Origin origin =
                packet.qos() == 2 ? new TopicCommand.Origin(session, packet.packetId()) : null;
        topics.publish(host, message, this, origin, receiving.answers(), token);
    }

    @Override
    public void onAcknowledgement(Acknowledgement packet) {
        int id = packet.packetId();
        if (StreamReadings.isOurs(id) && packet.type() != PacketType.PUBREL) {
            streams.onAcknowledgement(packet);
            resume();
            return;
        }
        boolean refused = packet.reason() >= ReasonCode.UNSPECIFIED_ERROR.code();
        switch (packet.type()) {
            case PUBACK -> settle(id, refused ? Step.REFUSED : Step.ACKNOWLEDGED);
            case PUBREC -> settle(id, refused ? Step.REFUSED : Step.RECEIVED);
            case PUBCOMP -> settle(id, Step.COMPLETED);
            default -> {
                receiving.release(id);
                offer(new TopicCommand.Release(this, session, id));
            }
        }
    }

    /// PUBACKs that follow one another go to the shard as one, see [#onBreak].
    private void settle(int packetId, Step step) {
        if (step != Step.ACKNOWLEDGED) {
            offer(new TopicCommand.Settle(this, session, packetId, step));
        } else if (runCount > 0 && packetId == runFirst + runCount) {
            runCount++;
        } else {
            onBreak();
            runFirst = packetId;
            runCount = 1;
        }
        if (step != Step.RECEIVED) {
            inFlight = Math.max(0, inFlight - 1);
            retained.onSettled();
            streams.resume();
        }
    }

    @Override
    public void onBreak() {
        int count = runCount;
        if (count > 0) {
            runCount = 0;
            offer(new TopicCommand.Settle(this, session, runFirst, count, Step.ACKNOWLEDGED));
        }
    }

    @Override
    public void onSubscribe(Subscribe packet) {
        Suback answer = new Suback(connection, packet, this::onSubscribed);
        List<Subscription> taken = new ArrayList<>();
        List<Asked> asked = new ArrayList<>();
        for (int i = 0; i < packet.filters().size(); i++) {
            Filter filter = packet.filters().get(i);
            int code = check(filter, packet);
            if (code >= ReasonCode.UNSPECIFIED_ERROR.code()) {
                answer.set(i, code);
            } else if (StreamReadings.isStream(filter.filter())) {
                read(filter, packet, i, answer);
            } else {
                asked.add(new Asked(i, filter, filters.add(filter.filter())));
                taken.add(Filters.subscription(filter, packet.subscriptionId()));
            }
        }
        if (!taken.isEmpty()) {
            Subscribing request = new Subscribing(packet, asked, answer);
            offer(new TopicCommand.Subscribe(this, expect(taken.size(), request), session, taken));
        }
    }

    /// One filter of a SUBSCRIBE, and which.
    ///
    /// @param fresh whether the session did not have it: only then does it go when it is refused
    private record Asked(int at, Filter filter, boolean fresh) {}

    private void onSubscribed() {
        if (!ended) {
            retained.pump();
            streams.go();
        }
    }

    /// A reader with a cursor is a subscription that the session keeps.
    private void read(Filter filter, Subscribe packet, int at, Suback answer) {
        String before = kept(filter.filter());
        streams.subscribe(
                filter,
                packet,
                code -> {
                    Subscription kept = StreamReadings.kept(filter, packet);
                    if (code >= ReasonCode.UNSPECIFIED_ERROR.code()) {
                        answer.set(at, code);
                        return;
                    }
                    if (!before.equals(kept == null ? filter.filter() : kept.filter())) {
                        forget(before);
                    }
                    if (kept == null) {
                        answer.set(at, code);
                        return;
                    }
                    boolean fresh = filters.add(kept.filter());
                    long token = expect(1, new Keeping(kept, fresh, at, code, answer));
                    offer(new TopicCommand.Subscribe(this, token, session, List.of(kept)));
                });
    }

    /// A filter as the session keeps it: that of a stream with its cursor, also when nothing is
    /// read for it any more.
    private String kept(String filter) {
        String read = streams.keptFilter(filter);
        if (filters.contains(read) || !StreamReadings.isStream(filter)) {
            return read;
        }
        String next = filters.higher(filter);
        return next != null && StreamReadings.keeps(next, filter) ? next : read;
    }

    /// Keeps a subscription no more: there is another one to the same stream.
    private void forget(String filter) {
        if (filters.remove(filter)) {
            Request nobody =
                    new Request() {
                        @Override
                        public void onAnswer(int at, boolean existed) {}

                        @Override
                        public void onRefused(int at, Reason reason) {}
                    };
            long token = expect(1, nobody);
            offer(new TopicCommand.Unsubscribe(this, token, session, List.of(filter)));
        }
    }

    /// A subscription to a stream that waits to be kept.
    private final class Keeping implements Request {
        private final Subscription kept;
        private final boolean fresh;
        private final int at;
        private final int code;
        private final Suback answer;

        Keeping(Subscription kept, boolean fresh, int at, int code, Suback answer) {
            this.kept = kept;
            this.fresh = fresh;
            this.at = at;
            this.code = code;
            this.answer = answer;
        }

        @Override
        public void onAnswer(int which, boolean existed) {
            answer.set(at, code);
        }

        /// Its reader goes, unless there was one: the client is told that there is none.
        @Override
        public void onRefused(int which, Reason reason) {
            if (fresh) {
                filters.remove(kept.filter());
                streams.forget(kept);
            }
            answer.set(at, ReasonCode.of(reason).code());
        }
    }

    private int check(Filter filter, Subscribe packet) {
        String pattern = Filters.pattern(filter.filter(), broker.mqtt().levelsMax());
        if (StreamReadings.isStream(filter.filter())) {
            boolean room =
                    streams.admits(filter.filter(), filters)
                            && hasPlaceFor(filter.filter(), StreamReadings.kept(filter, packet));
            return room ? 0 : ReasonCode.QUOTA_EXCEEDED.code();
        }
        if (Filters.sharesStream(filter.filter(), pattern)) {
            return ReasonCode.TOPIC_FILTER_INVALID.code();
        }
        if (!connection.access().maySubscribe(pattern)) {
            return connection.refusal().code();
        }
        if (!filters.contains(filter.filter()) && filters.size() >= broker.mqtt().filtersMax()) {
            return ReasonCode.QUOTA_EXCEEDED.code();
        }
        return filter.qos();
    }

    /// Whether the session has room to keep a subscription to a stream, which takes the place of
    /// the one that it keeps for that stream: else a reader would go for one that cannot stay.
    private boolean hasPlaceFor(String filter, @Nullable Subscription kept) {
        if (kept == null || filters.contains(kept.filter())) {
            return true;
        }
        int others = filters.size() - (filters.contains(kept(filter)) ? 1 : 0);
        return others < broker.mqtt().filtersMax();
    }

    private long expect(int answers, Request request) {
        long first = nextToken;
        for (int i = 0; i < answers; i++) {
            expected.put(nextToken++, new Expected(request, i));
        }
        return first;
    }

    /// A SUBSCRIBE that waits for its shard.
    private final class Subscribing implements Request {
        private final Subscribe packet;
        private final List<Asked> asked;
        private final Suback answer;

        Subscribing(Subscribe packet, List<Asked> asked, Suback answer) {
            this.packet = packet;
            this.asked = asked;
            this.answer = answer;
        }

        @Override
        public void onAnswer(int at, boolean existed) {
            Filter filter = asked.get(at).filter();
            boolean wanted =
                    filter.retainHandling() == 0 || (filter.retainHandling() == 1 && !existed);
            if (wanted && !Filters.shared(filter.filter())) {
                retained.add(filter, Ids.of(packet.subscriptionId()));
            }
            answer.set(asked.get(at).at(), filter.qos());
        }

        @Override
        public void onRefused(int at, Reason reason) {
            if (asked.get(at).fresh()) {
                filters.remove(asked.get(at).filter().filter());
            }
            answer.set(asked.get(at).at(), ReasonCode.of(reason).code());
        }
    }

    @Override
    public void onUnsubscribe(Unsubscribe packet) {
        List<String> gone = new ArrayList<>();
        boolean[] read = new boolean[packet.filters().size()];
        for (String filter : packet.filters()) {
            String _ = Filters.pattern(filter, broker.mqtt().levelsMax());
            // First: whoever had just asked to read it otherwise is answered by that.
            read[gone.size()] = streams.unsubscribe(filter);
            String kept = kept(filter);
            filters.remove(kept);
            retained.forget(filter);
            gone.add(kept);
        }
        long token = expect(packet.filters().size(), new Unsubscribing(packet, read));
        offer(new TopicCommand.Unsubscribe(this, token, session, gone));
    }

    /// An UNSUBSCRIBE that waits for its shard.
    private final class Unsubscribing implements Request {
        private final int packetId;
        private final int[] reasons;
        private final boolean[] read;
        private int left;

        /// @param read which of them were readers of streams
        Unsubscribing(Unsubscribe packet, boolean[] read) {
            this.packetId = packet.packetId();
            this.read = read;
            this.reasons = new int[packet.filters().size()];
            this.left = reasons.length;
        }

        @Override
        public void onAnswer(int at, boolean existed) {
            set(at, existed || read[at] ? 0 : ReasonCode.NO_SUBSCRIPTION_EXISTED.code());
        }

        @Override
        public void onRefused(int at, Reason reason) {
            set(at, ReasonCode.of(reason).code());
        }

        private void set(int at, int code) {
            reasons[at] = code;
            if (--left == 0) {
                connection.sayReasons(PacketType.UNSUBACK, packetId, reasons);
            }
        }
    }

    @Override
    public void resume() {
        if (ended) {
            return;
        }
        if (stalled) {
            stalled = false;
            offer(new TopicCommand.Resume(this, session));
        }
        retained.pump();
        streams.resume();
    }

    @Override
    public boolean busy() {
        return receiving.busy();
    }

    @Override
    public SessionView.Load load() {
        return new SessionView.Load(
                session, filters.size(), streams.inFlight(), 0, receiving.unreleased());
    }

    @Override
    public boolean stands() {
        return filters.stream()
                        .filter(filter -> !StreamReadings.isStream(filter))
                        .allMatch(connection.access()::mayKeep)
                && streams.stand();
    }

    @Override
    public void onEnd(boolean will, long expirySeconds) {
        if (!ended) {
            ended = true;
            broker.topics().detach(session, this);
            streams.close();
            long most = broker.mqtt().sessionExpiryMaxSeconds();
            offer(new TopicCommand.Detach(this, session, will, Math.min(expirySeconds, most)));
        }
    }

    // ---- to the client

    /// A message of QoS 0, which the session does not keep.
    @Override
    public void onMessage(Publication message, int qos, boolean retain, Ids ids) {
        if (!ended) {
            connection.sendQos0(message, retain, ids);
        }
    }

    @Override
    public void onRetained(String topic) {
        retained.overtake(topic);
    }

    @Override
    public void onDelivery(TopicDelivery delivery) {
        boolean sent =
                (!delivery.shared()
                                && delivery.packetId() != 0
                                && connection.sendAsStored(delivery))
                        || send(delivery);
        if (delivery.packetId() != 0) {
            inFlight++;
            if (!sent) {
                // Not from inside the delivery: what follows from it may bring other messages here.
                int packetId = delivery.packetId();
                connection.soon(() -> {
                    if (!ended) {
                        settle(packetId, Step.REFUSED);
                    }
                });
            }
        }
    }

    private boolean send(TopicDelivery delivery) {
        return connection.send(
                message(delivery),
                delivery.terms().qos(),
                delivery.terms().retain(),
                Ids.of(delivery.terms().ids()),
                delivery.packetId(),
                delivery.repeated());
    }

    /// Of a message for many sessions there is one, which is encoded once for all of them.
    private static Publication message(TopicDelivery delivery) {
        if (delivery.form() instanceof Publication made) {
            return made;
        }
        Publication message =
                new Publication(
                        delivery.topic(),
                        delivery.terms().qos(),
                        false,
                        delivery.expiryMillis() == 0 ? Long.MAX_VALUE : delivery.expiryMillis(),
                        delivery.properties(),
                        delivery.payload());
        delivery.form(message);
        return message;
    }

    @Override
    public boolean ready() {
        if (!ended && connection.takes() && streams.leavesRoom()) {
            return true;
        }
        stalled = true;
        return false;
    }

    @Override
    public void onDropped() {
        retained.onDropped();
    }

    @Override
    public void onRelease(int packetId, boolean known) {
        connection.acknowledge(
                PacketType.PUBREL,
                packetId,
                known ? 0 : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND.code());
    }

    @Override
    public void onComplete(int packetId, boolean known) {
        connection.acknowledge(
                PacketType.PUBCOMP,
                packetId,
                receiving.wasOver(packetId) || known
                        ? 0
                        : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND.code());
    }

    @Override
    public void onReply(long token, TopicReply reply) {
        if (token == ATTACH) {
            onAttach.accept(reply);
            return;
        }
        Expected one = expected.remove(token);
        if (one == null) {
            return;
        }
        switch (reply) {
            case TopicReply.Subscribed answer -> one.request().onAnswer(one.at(), answer.existed());
            case TopicReply.Refused refused -> {
                one.request().onRefused(one.at(), refused.reason());
                if (refused.reason() instanceof Reason.Unavailable) {
                    refuseRest(one.request(), refused.reason());
                }
            }
            default -> throw new IllegalStateException("an answer to no question: " + reply);
        }
    }

    /// A shard that is closed says so once for all that was asked at a time.
    private void refuseRest(Request request, Reason reason) {
        List<Expected> rest =
                expected.values().stream().filter(one -> one.request() == request).toList();
        expected.values().removeAll(rest);
        rest.forEach(one -> request.onRefused(one.at(), reason));
    }

    @Override
    public void onTakenOver(long taken) {
        connection.disconnectSoon(
                ReasonCode.SESSION_TAKEN_OVER, "the client has another connection");
    }

    @Override
    public void onEnded(long gone) {
        connection.disconnectSoon(ReasonCode.ADMINISTRATIVE_ACTION, "the session was ended");
    }

    // Its publishes are answered through the topics: nothing comes this way.

    @Override
    public void onAccepted(long from, long to) {}

    @Override
    public void onKnown(long token) {}

    @Override
    public void onRefused(long token, Reason reason) {}
}
