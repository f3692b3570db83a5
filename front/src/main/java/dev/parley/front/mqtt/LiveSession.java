package dev.parley.front.mqtt;

import dev.parley.core.topic.Subscription;
import dev.parley.front.mqtt.ClientPacket.Acknowledgement;
import dev.parley.front.mqtt.ClientPacket.Filter;
import dev.parley.front.mqtt.ClientPacket.Publish;
import dev.parley.front.mqtt.ClientPacket.Subscribe;
import dev.parley.front.mqtt.ClientPacket.Unsubscribe;
import dev.parley.front.mqtt.ClientPacket.Will;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.StreamReadings.Suback;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// A session that ends with its connection: in memory only.
final class LiveSession implements MqttSession, Subscriber {
    private final MqttConnection connection;
    private final MqttBroker broker;
    private final @Nullable Will will;
    private final LiveOutbox outbox;
    private final Receiving receiving;
    private final Set<String> filters = new HashSet<>(2);
    private boolean ended;

    LiveSession(MqttConnection connection, @Nullable Will will, int window) {
        this.connection = connection;
        this.broker = connection.broker();
        this.will = will;
        this.outbox = new LiveOutbox(connection, window);
        this.receiving = new Receiving(connection);
    }

    @Override
    public String host() {
        return connection.access().host();
    }

    @Override
    public String clientId() {
        return connection.clientId();
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
        if (packet.qos() == 0) {
            broker.topics().publish(host(), message, this, null, null, 0);
        } else {
            long token = receiving.take(packet);
            broker.topics().publish(host(), message, this, null, receiving.answers(), token);
        }
    }

    @Override
    public void onAcknowledgement(Acknowledgement packet) {
        if (packet.type() != PacketType.PUBREL) {
            outbox.onAcknowledgement(packet);
            return;
        }
        boolean known = receiving.release(packet.packetId());
        connection.acknowledge(
                PacketType.PUBCOMP,
                packet.packetId(),
                known ? 0 : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND.code());
    }

    @Override
    public void onSubscribe(Subscribe packet) {
        Suback answer = new Suback(connection, packet, this::onSubscribed);
        for (int i = 0; i < packet.filters().size(); i++) {
            Filter filter = packet.filters().get(i);
            if (StreamReadings.isStream(filter.filter())) {
                int at = i;
                read(filter, packet, code -> answer.set(at, code));
            } else {
                answer.set(i, subscribe(filter, packet.subscriptionId()));
            }
        }
    }

    private void onSubscribed() {
        if (!ended) {
            outbox.pump();
            outbox.streams().go();
        }
    }

    private void read(Filter filter, Subscribe packet, IntConsumer then) {
        String _ = Filters.pattern(filter.filter(), broker.mqtt().levelsMax());
        if (outbox.streams().admits(filter.filter(), filters)) {
            outbox.streams().subscribe(filter, packet, then);
        } else {
            then.accept(ReasonCode.QUOTA_EXCEEDED.code());
        }
    }

    private int subscribe(Filter filter, int id) {
        String pattern = Filters.pattern(filter.filter(), broker.mqtt().levelsMax());
        if (Filters.sharesStream(filter.filter(), pattern)) {
            return ReasonCode.TOPIC_FILTER_INVALID.code();
        }
        if (!connection.access().maySubscribe(pattern)) {
            return connection.refusal().code();
        }
        boolean known = filters.contains(filter.filter());
        if (!known && filters.size() >= broker.mqtt().filtersMax()) {
            return ReasonCode.QUOTA_EXCEEDED.code();
        }
        Subscription subscription = Filters.subscription(filter, id);
        broker.topics().subscribe(this, subscription);
        filters.add(filter.filter());
        boolean wanted = filter.retainHandling() == 0 || (filter.retainHandling() == 1 && !known);
        if (wanted && !Filters.shared(filter.filter())) {
            outbox.add(
                    pattern,
                    broker.topics().retained(host(), pattern, this::resume),
                    filter.qos(),
                    Ids.of(id));
        }
        return filter.qos();
    }

    @Override
    public void onUnsubscribe(Unsubscribe packet) {
        int[] reasons = new int[packet.filters().size()];
        for (int i = 0; i < reasons.length; i++) {
            String filter = packet.filters().get(i);
            String _ = Filters.pattern(filter, broker.mqtt().levelsMax());
            boolean known = filters.remove(filter);
            if (known) {
                outbox.forget(filter);
                broker.topics().unsubscribe(this, filter);
            } else {
                known = outbox.streams().unsubscribe(filter);
            }
            reasons[i] = known ? 0 : ReasonCode.NO_SUBSCRIPTION_EXISTED.code();
        }
        connection.sayReasons(PacketType.UNSUBACK, packet.packetId(), reasons);
    }

    @Override
    public void resume() {
        if (!ended) {
            outbox.pump();
            outbox.streams().resume();
        }
    }

    @Override
    public boolean busy() {
        return receiving.busy();
    }

    @Override
    public SessionView.Load load() {
        return new SessionView.Load(
                0,
                filters.size() + outbox.streams().size(),
                outbox.inFlight() + outbox.streams().inFlight(),
                outbox.waitingMessages(),
                receiving.unreleased());
    }

    @Override
    public boolean stands() {
        return filters.stream().allMatch(connection.access()::mayKeep) && outbox.streams().stand();
    }

    @Override
    public void onEnd(boolean withWill, long expirySeconds) {
        if (ended) {
            return;
        }
        ended = true;
        broker.topics().forget(this);
        outbox.streams().close();
        outbox.clear();
        Will last = will;
        if (withWill && last != null) {
            broker.topics()
                    .publish(
                            host(), Publication.of(last, broker.wallMillis()), this, null, null, 0);
        }
    }

    // ---- to the client

    @Override
    public void onMessage(Publication message, int qos, boolean retain, Ids ids) {
        if (!ended) {
            outbox.offer(message, qos, retain, ids);
        }
    }

    @Override
    public void onRetained(String topic) {
        outbox.overtake(topic);
    }

    @Override
    public boolean ready() {
        return !ended && outbox.waitingMessages() == 0 && connection.takes();
    }
}
