package dev.parley.front.mqtt;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Binding;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.stream.Start;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.topic.Subscription;
import dev.parley.front.mqtt.ClientPacket.Filter;
import dev.parley.front.mqtt.ClientPacket.Subscribe;
import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.stream.Place;
import dev.parley.front.stream.StreamFeed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// The streams that one client reads: each of its subscriptions to `$stream/…` is a reader of its
/// own.
///
/// A message of QoS 1 has a packet identifier above all those of the client's session, so that the
/// two need not know each other's, and is settled when it is acknowledged. Half of what the client
/// takes at a time is for streams as long as it reads any with QoS 1, and half for everything else.
final class StreamReadings {
    /// Packet identifiers below belong to the session.
    static final int FIRST_ID = 32_768;

    private static final int IDS = 32_768;
    private static final String STREAM = "$stream/";

    /// EMQX's earlier form: `$s/<offset>/<filter>`.
    private static final String OLD = "$s/";

    private static final String OFFSET = "stream-offset";
    private static final String OLD_OFFSET = "$stream.start-from";
    private static final String CURSOR = "stream-cursor";

    /// Between filter and cursor in a subscription that is kept; no client can write it, and in
    /// order nothing comes between a filter and what is kept for it.
    private static final char MARK = '\0';

    /// What a subscription to a stream may say beyond its filter.
    static final List<String> OPTIONS = List.of(OFFSET, OLD_OFFSET, CURSOR);

    private static final int CURSOR_MAX = 255;

    /// Messages of QoS 0 are settled as they go out.
    private static final int NO_WINDOW = 0;

    /// What somebody wants to read.
    private record Wanted(QueueEntry stream, Start start, @Nullable String cursor) {}

    private record Sent(Reading reading, long offset) {}

    private final MqttConnection connection;
    private final int window;
    private final IntSupplier others;

    // Made with the first reading: most clients never have one.
    private Map<String, Reading> readings = Map.of();
    private Map<Integer, Sent> inFlight = Map.of();
    private int lastId = IDS - 1;

    /// @param window messages of QoS 1 and 2 that the client takes at a time
    /// @param others how many of its session's it has
    StreamReadings(MqttConnection connection, int window, IntSupplier others) {
        this.connection = connection;
        this.window = window;
        this.others = others;
    }

    // ---- which filters are meant

    static boolean isStream(String filter) {
        return filter.startsWith(STREAM) || filter.startsWith(OLD);
    }

    /// Whether a subscription that a session keeps is to a stream.
    static boolean isKept(Subscription subscription) {
        return isStream(subscription.filter()) && subscription.filter().indexOf(MARK) > 0;
    }

    /// The subscription as the session keeps it, so that it goes on with its cursor when the client
    /// is back; null: it has none, and is the client's to renew.
    static @Nullable Subscription kept(Filter filter, Subscribe packet) {
        String cursor = packet.options().get(CURSOR);
        return cursor == null
                ? null
                : new Subscription(
                        filter.filter() + MARK + cursor,
                        Math.min(1, filter.qos()),
                        false,
                        false,
                        packet.subscriptionId());
    }

    /// What the session keeps under a filter that the client unsubscribes from, or the filter.
    String keptFilter(String filter) {
        Reading reading = readings.get(filter);
        return reading == null || reading.cursor == null ? filter : filter + MARK + reading.cursor;
    }

    /// Whether that is what a session keeps for a filter.
    static boolean keeps(String kept, String filter) {
        return kept.startsWith(filter + MARK);
    }

    private static String filterOf(Subscription kept) {
        return kept.filter().substring(0, kept.filter().indexOf(MARK));
    }

    /// What is read and where it begins, or why not.
    private Object wanted(String filter, Map<String, String> options) {
        QueueEntry stream = find(connection.access(), filter);
        if (stream == null) {
            return ReasonCode.TOPIC_FILTER_INVALID;
        }
        if (!connection.access().mayRead(stream.name())) {
            return connection.refusal();
        }
        String cursor = options.get(CURSOR);
        if (cursor != null && (cursor.isEmpty() || cursor.length() > CURSOR_MAX)) {
            return ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
        }
        String place =
                filter.startsWith(OLD)
                        ? filter.substring(OLD.length(), filter.indexOf('/', OLD.length()))
                        : options.getOrDefault(OFFSET, options.getOrDefault(OLD_OFFSET, "latest"));
        try {
            return new Wanted(stream, Place.of(place), cursor);
        } catch (IllegalArgumentException e) {
            return ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
        }
    }

    private @Nullable QueueEntry find(Access access, String filter) {
        VirtualHost host = connection.broker().catalog().host(access.host());
        if (host == null) {
            return null;
        }
        if (!filter.startsWith(OLD)) {
            return named(host, filter.substring(STREAM.length()));
        }
        int end = filter.indexOf('/', OLD.length());
        return end < 0 ? null : old(host, filter.substring(end + 1));
    }

    /// The stream of that name; or of the name before the first `/` if what comes behind is its
    /// filter, as EMQX allows.
    private static @Nullable QueueEntry named(VirtualHost host, String text) {
        QueueEntry stream = stream(host, text);
        int end = text.indexOf('/');
        if (stream != null || end < 0) {
            return stream;
        }
        QueueEntry first = stream(host, text.substring(0, end));
        boolean its = first != null && bound(host, text.substring(end + 1)).contains(first);
        return its ? first : null;
    }

    private static @Nullable QueueEntry old(VirtualHost host, String filter) {
        QueueEntry stream = stream(host, "/" + filter);
        if (stream != null) {
            return stream;
        }
        List<QueueEntry> bound = bound(host, filter);
        return bound.isEmpty() ? null : bound.getFirst();
    }

    private static @Nullable QueueEntry stream(VirtualHost host, String name) {
        QueueEntry queue = host.queue(name);
        return queue != null && queue.isStream() ? queue : null;
    }

    /// The streams that take the messages of a filter.
    private static List<QueueEntry> bound(VirtualHost host, String filter) {
        Exchange topics = host.exchange(Access.EXCHANGE);
        List<QueueEntry> found = new ArrayList<>();
        if (topics != null) {
            String key = Access.key(filter);
            for (Binding binding : topics.bindings()) {
                QueueEntry queue = binding.queue();
                if (queue != null && queue.isStream() && binding.routingKey().equals(key)) {
                    found.add(queue);
                }
            }
        }
        return found;
    }

    // ---- subscriptions

    /// Begins to read; one that was there under this filter ends as soon as the new one is there,
    /// unless it reads the same stream for the same cursor: then it goes on, and what is on its way
    /// does not come twice. It goes on as well where the new one is refused.
    ///
    /// @param then told the code for the SUBACK, after which [#go] lets messages come
    void subscribe(Filter filter, Subscribe packet, IntConsumer then) {
        switch (wanted(filter.filter(), packet.options())) {
            case Wanted wanted ->
                    open(
                            filter.filter(),
                            wanted,
                            Math.min(1, filter.qos()),
                            Ids.of(packet.subscriptionId()),
                            then);
            case ReasonCode refusal -> then.accept(refusal.code());
            default -> throw new IllegalStateException("neither a stream nor a reason");
        }
    }

    /// Goes on with what the session has kept.
    void resume(Subscription kept) {
        String cursor = kept.filter().substring(kept.filter().indexOf(MARK) + 1);
        if (wanted(filterOf(kept), Map.of(CURSOR, cursor)) instanceof Wanted wanted) {
            open(filterOf(kept), wanted, kept.qos(), Ids.of(kept.id()), code -> go(filterOf(kept)));
        }
    }

    /// Whether the user may read what the session has kept; what is gone is no matter.
    boolean mayResume(Access access, Subscription kept) {
        QueueEntry stream = find(access, filterOf(kept));
        return stream == null || access.mayRead(stream.name());
    }

    /// Whether the user may by now still read all of them.
    boolean stand() {
        Access access = connection.access();
        return readings.values().stream().allMatch(reading -> access.mayRead(reading.stream));
    }

    private void open(String filter, Wanted wanted, int qos, Ids ids, IntConsumer then) {
        if (readings.isEmpty()) {
            readings = new LinkedHashMap<>();
            inFlight = new HashMap<>();
        }
        Reading before = readings.get(filter);
        if (before != null && before.continues(wanted, qos)) {
            before.renew(ids, then);
            return;
        }
        if (before != null && !before.attached) {
            // Only one that reads already is gone back to.
            Reading pending = before;
            before = pending.before;
            pending.before = null;
            close(pending);
        }
        Reading reading = new Reading(filter, wanted, qos, ids, then, before);
        readings.put(filter, reading);
        reading.feed =
                StreamFeed.open(
                        connection.broker()::offer,
                        wanted.stream(),
                        connection.broker().nextId(),
                        wanted.start(),
                        wanted.cursor(),
                        qos == 0 ? NO_WINDOW : share(),
                        reading);
    }

    /// Returns whether there was one.
    boolean unsubscribe(String filter) {
        Reading reading = readings.isEmpty() ? null : readings.remove(filter);
        close(reading);
        return reading != null;
    }

    /// Ends the reader of a subscription that the session could not keep, unless another has taken
    /// its place.
    void forget(Subscription kept) {
        String filter = filterOf(kept);
        if (keptFilter(filter).equals(kept.filter())) {
            close(readings.remove(filter));
        }
    }

    private void close(@Nullable Reading reading) {
        if (reading == null) {
            return;
        }
        StreamFeed feed = reading.feed;
        if (feed != null) {
            feed.close();
        }
        reading.onGone();
        reading.answer(reading.qos); // who asked for it and for its end gets both answers
        reading.replace();
    }

    int size() {
        return readings.size();
    }

    /// Whether there is room for a subscription to a stream, or this is one of those there are.
    ///
    /// @param filters of the session's subscriptions, with those to streams that it keeps
    boolean admits(String filter, Set<String> filters) {
        // As a rule there is much room, and no need to look which are counted twice.
        int most = connection.broker().mqtt().filtersMax();
        int count = filters.size();
        if (readings.containsKey(filter) || count + readings.size() < most) {
            return true;
        }
        for (String one : readings.keySet()) {
            count += filters.contains(keptFilter(one)) ? 0 : 1;
        }
        return count < most;
    }

    int inFlight() {
        return inFlight.size();
    }

    /// Ends them all; what is not acknowledged comes again to whoever reads for their cursors.
    void close() {
        List.copyOf(readings.keySet()).forEach(this::unsubscribe);
    }

    // ---- room

    private int share() {
        return Math.max(1, window / 2);
    }

    /// Whether the session may send one more of QoS 1 or 2.
    boolean leavesRoom() {
        if (readings.isEmpty()) {
            return others.getAsInt() < window;
        }
        boolean reads = false;
        for (Reading reading : readings.values()) {
            reads |= reading.qos > 0;
        }
        int theirs = reads ? Math.max(1, window - share()) : window;
        int sent = others.getAsInt();
        return sent < theirs && sent + inFlight.size() < window;
    }

    private boolean hasRoom() {
        return inFlight.size() < share() && inFlight.size() + others.getAsInt() < window;
    }

    /// The client has been told of its subscriptions.
    void go() {
        readings.values().forEach(reading -> reading.begun |= reading.attached);
        resume();
    }

    /// The same for one, which the session had kept.
    private void go(String filter) {
        Reading reading = readings.get(filter);
        if (reading != null) {
            reading.begun |= reading.attached;
            reading.resume();
        }
    }

    /// There may be room again.
    void resume() {
        if (readings.isEmpty()) {
            return;
        }
        List.copyOf(readings.values()).forEach(Reading::resume);
    }

    /// Whether the packet identifier is one of a stream's message.
    static boolean isOurs(int packetId) {
        return packetId >= FIRST_ID;
    }

    /// What the client says about a message.
    void onAcknowledgement(ClientPacket.Acknowledgement packet) {
        if (packet.type() == PacketType.PUBREC) {
            connection.acknowledge(
                    PacketType.PUBREL,
                    packet.packetId(),
                    ReasonCode.PACKET_IDENTIFIER_NOT_FOUND.code());
            return;
        }
        boolean known = packet.type() == PacketType.PUBACK && !inFlight.isEmpty();
        Sent sent = known ? inFlight.remove(packet.packetId()) : null;
        StreamFeed feed = sent == null ? null : sent.reading().feed;
        if (sent != null && feed != null) {
            feed.settle(sent.offset(), sent.offset());
            resume();
        }
    }

    private int nextId() {
        do {
            lastId = (lastId + 1 - FIRST_ID) % IDS + FIRST_ID;
        } while (inFlight.containsKey(lastId));
        return lastId;
    }

    // ---- messages

    /// One stream.
    private final class Reading implements StreamFeed.Sink {
        private final String filter;
        private final String stream;
        private final @Nullable String cursor;
        private final int qos;
        private Ids ids;
        private IntConsumer then;
        private @Nullable StreamFeed feed;
        private boolean answered;
        private boolean attached;
        private boolean begun;
        private boolean gone;

        /// The one that reads, in whose place it comes, as long as nobody knows whether it does.
        private @Nullable Reading before;

        /// Messages that are kept no more and would have come before the next one.
        private long missed;

        Reading(
                String filter,
                Wanted wanted,
                int qos,
                Ids ids,
                IntConsumer then,
                @Nullable Reading before) {
            this.filter = filter;
            this.stream = wanted.stream().name();
            this.cursor = wanted.cursor();
            this.qos = qos;
            this.ids = ids;
            this.then = then;
            this.before = before;
        }

        private void resume() {
            StreamFeed from = feed;
            if (from != null && begun) {
                from.resume();
            }
        }

        private void onGone() {
            gone = true;
            inFlight.values().removeIf(one -> one.reading() == this);
        }

        /// Takes the place of the one before.
        private void replace() {
            Reading old = before;
            before = null;
            close(old);
        }

        /// Whether it is what somebody wants who subscribes again. A cursor stands where it stands,
        /// wherever he would begin without it.
        boolean continues(Wanted wanted, int wantedQos) {
            StreamFeed from = feed;
            return cursor != null
                    && cursor.equals(wanted.cursor())
                    && qos == wantedQos
                    && from != null
                    && from.epoch() == wanted.stream().id();
        }

        /// Takes the place of a new one.
        void renew(Ids with, IntConsumer alsoThen) {
            ids = with;
            if (answered) {
                alsoThen.accept(qos);
            } else {
                then = then.andThen(alsoThen);
            }
        }

        @Override
        public void onAttached(long next, long lost) {
            attached = true;
            missed = lost;
            replace();
            answer(qos);
        }

        private void answer(int code) {
            if (!answered) {
                answered = true;
                then.accept(code);
            }
        }

        @Override
        public void onRefused(Reason reason) {
            gone = true;
            Reading old = before;
            before = null;
            if (old == null || old.gone) {
                readings.remove(filter, this);
            } else if (readings.replace(filter, this, old)) {
                old.resume();
            }
            answer(ReasonCode.of(reason).code());
        }

        @Override
        public boolean ready() {
            return begun && connection.takes() && (qos == 0 || hasRoom());
        }

        @Override
        public void onMessage(StreamDelivery delivery) {
            StreamFeed from = feed;
            if (from == null) {
                throw new IllegalStateException("a message before its reader");
            }
            Publication message = publication(delivery, missed + delivery.missed(), filter);
            missed = 0;
            int id = qos == 0 ? 0 : nextId();
            boolean sent = connection.send(message, qos, false, ids, id, delivery.repeated());
            if (sent && qos > 0) {
                inFlight.put(id, new Sent(this, delivery.offset()));
            } else if (qos > 0 || cursor != null) {
                from.settle(delivery.offset(), delivery.offset());
            }
        }

        /// Nothing in MQTT tells a subscriber that his subscription has ended.
        @Override
        public void onEnded() {
            readings.remove(filter, this);
            onGone();
        }
    }

    /// The message on its own topic, with its place in the stream among its user properties.
    ///
    /// @param otherwise the topic of a message whose routing key is none
    private static Publication publication(StreamDelivery delivery, long missed, String otherwise) {
        Publication plain =
                AmqpProperties.ofStream(
                        delivery.subject(), delivery.properties(), delivery.body(), otherwise);
        PacketWriter.Body own = new PacketWriter.Body();
        own.raw(plain.properties());
        own.userProperty("stream-offset", Long.toString(delivery.offset()));
        own.userProperty("stream-epoch", Long.toString(delivery.stream()));
        own.userProperty("stream-time", Long.toString(delivery.timeMillis()));
        if (missed > 0) {
            own.userProperty("stream-missed", Long.toString(missed));
        }
        return new Publication(
                plain.topic(),
                plain.qos(),
                false,
                plain.expiresAt(),
                own.content(),
                plain.payload());
    }

    /// A SUBACK that waits until all of its subscriptions are known.
    static final class Suback {
        private final MqttConnection connection;
        private final int packetId;
        private final int[] reasons;
        private final Runnable then;
        private int left;

        /// @param then done when it has been said
        Suback(MqttConnection connection, Subscribe packet, Runnable then) {
            this.connection = connection;
            this.packetId = packet.packetId();
            this.reasons = new int[packet.filters().size()];
            this.left = reasons.length;
            this.then = then;
            Arrays.fill(reasons, -1);
        }

        void set(int at, int reason) {
            if (reason == ReasonCode.QUOTA_EXCEEDED.code()) {
                connection.broker().mqttMetrics().count(Count.FILTERS_REFUSED);
            }
            if (reasons[at] < 0 && --left == 0) {
                reasons[at] = reason;
                connection.sayReasons(PacketType.SUBACK, packetId, reasons);
                then.run();
            } else {
                reasons[at] = reason;
            }
        }
    }
}
