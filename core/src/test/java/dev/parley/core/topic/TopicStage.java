package dev.parley.core.topic;

import dev.parley.core.shard.Command;
import dev.parley.core.shard.MachineStage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The topics of one shard on stage, with its neighbours.
final class TopicStage extends MachineStage<TopicMachine> implements TopicHost {
    static final TopicConfig CONFIG = new TopicConfig(2000, 1 << 20, 100, 20, 50);

    private final Town town;
    private final int shard;
    final List<Long> damaged = new ArrayList<>();
    private boolean dropping;

    TopicStage(Town town, int shard) {
        this.town = town;
        this.shard = shard;
        open();
    }

    @Override
    protected TopicMachine make() {
        return new TopicMachine(this, this, CONFIG);
    }

    @Override
    protected void onCrash() {
        syncAgain();
        town.forget(shard);
    }

    @Override
    protected void onServing() {
        give(new TopicCommand.Begin());
    }

    // ---- what a test asks for

    TestDevice attach(String clientId) {
        return attach(new TestDevice(clientId), false, 1000, 20, null);
    }

    TestDevice attach(
            TestDevice device, boolean clean, long expirySeconds, int window, @Nullable Will will) {
        give(
                new TopicCommand.Attach(
                        device,
                        device.nextToken(),
                        Town.HOST,
                        device.name(),
                        clean,
                        expirySeconds,
                        window,
                        will,
                        null));
        turn();
        return device;
    }

    /// The connection breaks.
    void drop(TestDevice device) {
        give(new TopicCommand.Detach(device, device.session, true, -1));
        turn();
    }

    void subscribe(TestDevice device, String filter, int qos) {
        subscribe(device, new Subscription(filter, qos, false, false, 0));
    }

    void subscribe(TestDevice device, Subscription subscription) {
        give(
                new TopicCommand.Subscribe(
                        device, device.nextToken(), device.session, List.of(subscription)));
        turn();
    }

    static TopicMessage message(String topic, String body, int qos) {
        return message(topic, body, qos, 0);
    }

    static TopicMessage message(String topic, String body, int qos, long expiryMillis) {
        return new TopicMessage(topic, qos, expiryMillis, bytes("p" + body), bytes(body));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Publishes to whoever subscribes on this shard.
    long publish(TestDevice publisher, String topic, String body, int qos) {
        return publish(publisher, message(topic, body, qos), false, null);
    }

    long publish(
            TestDevice publisher,
            TopicMessage message,
            boolean retain,
            TopicCommand.@Nullable Origin origin) {
        long token = publisher.nextToken();
        List<Target> targets = town.route(message, retain, publisher.session);
        give(
                new TopicCommand.Publish(
                        publisher,
                        token,
                        origin,
                        Town.HOST,
                        message,
                        retain ? town.keeper : TopicHost.NOWHERE,
                        targets));
        return token;
    }

    /// A publish of quality of service 2 of a session of this shard.
    long publishOnce(TestDevice publisher, String topic, String body, int packetId) {
        return publish(
                publisher,
                message(topic, body, 2),
                false,
                new TopicCommand.Origin(publisher.session, packetId));
    }

    void settle(TestDevice device, int packetId, TopicCommand.Step step) {
        give(new TopicCommand.Settle(device, device.session, packetId, step));
    }

    /// The device acknowledges all that it was sent.
    void acknowledgeAll(TestDevice device) {
        for (TestDevice.Got got : device.take()) {
            if (got.qos() == 1) {
                settle(device, got.packetId(), TopicCommand.Step.ACKNOWLEDGED);
            } else if (got.qos() == 2) {
                settle(device, got.packetId(), TopicCommand.Step.RECEIVED);
            }
        }
        turn();
        for (String id : List.copyOf(device.releases)) {
            settle(device, Integer.parseInt(id), TopicCommand.Step.COMPLETED);
        }
        device.releases.clear();
        turn();
    }

    List<TopicMessage> retained(String filter, int count) {
        TestDevice asker = new TestDevice();
        List<TopicMessage> all = new ArrayList<>();
        String after = null;
        while (true) {
            long token = asker.nextToken();
            give(new TopicCommand.Retained(asker, token, Town.HOST, filter, after, count));
            turn();
            TopicReply.Retained reply = (TopicReply.Retained) asker.reply(token);
            all.addAll(reply.messages());
            after = reply.next();
            if (after == null) {
                return all;
            }
        }
    }

    TopicReply.Statuses statuses() {
        TestDevice asker = new TestDevice();
        give(new TopicCommand.Inspect(asker, 1, 0));
        turn();
        return (TopicReply.Statuses) asker.reply(1);
    }

    SessionStatus status(TestDevice device) {
        TestDevice asker = new TestDevice();
        give(new TopicCommand.Inspect(asker, 1, device.session));
        turn();
        return ((TopicReply.Statuses) asker.reply(1)).sessions().getFirst();
    }

    boolean isConnected(long session) {
        return machine().isHeld(session);
    }

    /// What is sent to other shards from now on gets lost, or no longer.
    void dropSent(boolean drop) {
        dropping = drop;
    }

    // ---- the shard's side

    @Override
    public void send(int to, Command command) {
        if (!dropping) {
            town.stage(to).arrive(command);
        }
    }

    // ---- the node's side

    @Override
    public int shard() {
        return shard;
    }

    @Override
    public boolean exists(String host) {
        return !town.gone.contains(host);
    }

    @Override
    public boolean mayPublish(String host, @Nullable String user, String topic) {
        return !town.forbidden.contains(topic);
    }

    @Override
    public void onSubscribed(String host, long session, Subscription subscription) {
        town.subscribed(session, subscription);
    }

    @Override
    public void onUnsubscribed(String host, long session, String filter) {
        town.unsubscribed(session, filter);
    }

    @Override
    public void onEnded(String host, long session) {
        town.ended(session);
    }

    @Override
    public List<Target> route(String host, TopicMessage message, boolean retain, long publisher) {
        return town.route(message, retain, publisher);
    }

    @Override
    public int keeper(String host, String topic) {
        return town.keeper;
    }

    @Override
    public void onWill(String host, TopicMessage message, boolean retain, long publisher) {
        town.wills.add(
                message.topic() + "=" + StandardCharsets.UTF_8.decode(message.payload().slice()));
    }

    @Override
    public @Nullable Target member(String host, Terms terms, long session, boolean connected) {
        return town.member(terms, session, connected);
    }

    @Override
    public void onOverflow(String host, String clientId) {
        town.overflows.add(clientId);
    }

    @Override
    public void onDamaged(String topicOrClientId, long position) {
        damaged.add(position);
    }
}
