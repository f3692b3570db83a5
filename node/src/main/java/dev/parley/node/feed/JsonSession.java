package dev.parley.node.feed;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.api.Reason;
import dev.parley.front.http.Line;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.TopicSpace;
import dev.parley.front.pace.Slow;
import dev.parley.node.feed.FeedCommand.Misunderstood;
import dev.parley.node.feed.FeedCommand.Sending;
import dev.parley.node.feed.FeedMetrics.Count;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A client of the JSON feed: what it says, and what it is told. `docs/protocols/http.md` has the
/// protocol.
final class JsonSession implements Line.Peer, Form, TopicSpace.Receipt {
    /// Publishes that wait for the disk; from here on no more are read.
    private static final int UNANSWERED_MAX = 256;

    private static final int NO_TEXT = 1007;
    private static final int POLICY = 1008;
    private static final int EXPIRED = 4001;

    private final MqttBroker broker;
    private final FeedMetrics metrics;
    private final Grant grant;
    private final Line line;
    private final Feed feed;

    /// The numbers of subscriptions, and what their client calls them.
    private final Map<String, Integer> numbers = new HashMap<>();

    private final Map<Integer, JsonNode> names = new HashMap<>();

    /// What publishes are called that wait for the disk; null: nothing.
    private final Map<Long, @Nullable JsonNode> unanswered = new HashMap<>();

    private @Nullable Sending will;
    private int lastNumber;
    private long lastToken;
    private boolean behind;
    private boolean held;
    private boolean ended;

    JsonSession(Feeds feeds, Grant grant, Slow slow, Line line, String peer) {
        this.broker = feeds.broker();
        this.metrics = feeds.metrics();
        this.grant = grant;
        this.line = line;
        ObjectNode welcome = said("welcome", null);
        welcome.put("user", grant.user()).put("vhost", grant.host()).put("slow", slow.word());
        if (grant.expiresMillis() > 0) {
            welcome.put("expires", grant.expiresMillis());
        }
        say(welcome);
        this.feed = new Feed(feeds, grant, slow, this, line, peer);
    }

    // ---- from the client

    @Override
    public void onText(ByteBuffer text) {
        if (ended) {
            return;
        }
        byte[] bytes = new byte[text.remaining()];
        text.get(bytes);
        try {
            onCommand(FeedCommand.read(bytes));
        } catch (Misunderstood e) {
            refuse(e.id(), "invalid", String.valueOf(e.getMessage()));
        } catch (JacksonException e) {
            metrics.count(Count.MALFORMED);
            refuse(null, "malformed", "that is no JSON");
            line.end(NO_TEXT, "that is no JSON");
            feed.close();
        }
        steer();
    }

    private void onCommand(FeedCommand command) {
        switch (command) {
            case FeedCommand.Subscribe subscribe -> subscribe(subscribe);
            case FeedCommand.Unsubscribe(JsonNode id, String filter) -> {
                Integer number = numbers.remove(filter);
                names.remove(number);
                if (feed.unsubscribe(filter)) {
                    say(said("unsubscribed", id).put("filter", filter));
                } else {
                    refuse(id, "unknown", "there is no such subscription");
                }
            }
            case FeedCommand.Publish(JsonNode id, Sending sending) -> publish(id, sending);
            case FeedCommand.Will(JsonNode id, Sending sending) -> {
                if (sending != null && !grant.mayPublish(sending.topic())) {
                    deny(id, sending.topic());
                } else {
                    will = sending;
                    say(said("ack", id));
                }
            }
            case FeedCommand.Ping(JsonNode id) -> {
                // Who asks and does not read gets no answer.
                if (line.writable()) {
                    say(said("pong", id));
                }
            }
        }
    }

    private void subscribe(FeedCommand.Subscribe command) {
        String filter = command.filter();
        int number = numbers.getOrDefault(filter, lastNumber + 1);
        JsonNode name = command.id();
        Reason refusal = feed.refusal(filter);
        if (refusal != null) {
            refuse(name, refusal);
            return;
        }
        numbers.put(filter, number);
        lastNumber = Math.max(lastNumber, number);
        if (name == null) {
            names.remove(number);
        } else {
            names.put(number, name);
        }
        say(said("subscribed", name).put("filter", filter));
        feed.subscribe(filter, number, command.retained());
    }

    private void publish(@Nullable JsonNode id, Sending sending) {
        if (!grant.mayPublish(sending.topic())) {
            deny(id, sending.topic());
            return;
        }
        if (broker.holdsPublishers()) {
            refuse(id, "full", "there is no room for messages");
            return;
        }
        metrics.count(Count.PUBLISHED);
        var message = sending.publication(broker.wallMillis());
        if (sending.qos() == 0) {
            broker.topics().publish(grant.host(), message, feed, null, null, 0);
        } else {
            long token = ++lastToken;
            unanswered.put(token, id);
            broker.topics().publish(grant.host(), message, feed, null, this, token);
        }
        if (broker.behind() && !behind) {
            behind = true;
            broker.whenCaughtUp(() -> {
                behind = false;
                steer();
            });
        }
    }

    /// Reads on, or not: what waits for the disk is bounded, and so is what a client is told that
    /// does not listen.
    private void steer() {
        boolean takes = !behind && unanswered.size() < UNANSWERED_MAX && line.writable();
        if (takes == held && !ended) {
            held = !takes;
            line.reading(takes);
        }
    }

    @Override
    public void onAccepted(long token, boolean matched) {
        JsonNode id = unanswered.remove(token);
        if (!ended) {
            if (id != null) {
                say(said("ack", id).put("matched", matched));
            }
            steer();
        }
    }

    @Override
    public void onRefused(long token, Reason reason) {
        JsonNode id = unanswered.remove(token);
        if (!ended) {
            refuse(id, reason);
            steer();
        }
    }

    @Override
    public void onWritable() {
        feed.pump();
        steer();
    }

    @Override
    public void onGone() {
        feed.close();
    }

    // ---- to the client

    private static ObjectNode said(String op, @Nullable JsonNode id) {
        ObjectNode said = FeedCommand.JSON.createObjectNode().put("op", op);
        if (id != null) {
            said.set("id", id);
        }
        return said;
    }

    private void say(ObjectNode said) {
        line.write(ByteBuffer.wrap(FeedCommand.JSON.writeValueAsBytes(said)));
    }

    private void refuse(@Nullable JsonNode id, String code, String text) {
        say(said("error", id).put("code", code).put("text", text));
    }

    private void deny(@Nullable JsonNode id, String topic) {
        refuse(id, "denied", "'%s' may not publish to '%s'".formatted(grant.user(), topic));
    }

    private void refuse(@Nullable JsonNode id, Reason reason) {
        String code =
                switch (reason) {
                    case Reason.Denied r -> "denied";
                    case Reason.Full r -> "full";
                    case Reason.Unavailable r -> "unavailable";
                    case Reason.Invalid r -> "invalid";
                    case Reason.NotFound r -> "unknown";
                    case Reason.Precondition r -> "precondition";
                    case Reason.Locked r -> "locked";
                    case Reason.Unsupported r -> "unsupported";
                };
        refuse(id, code, reason.detail());
    }

    @Override
    public void message(Line to, Shown shown, Ids ids) {
        StringBuilder head = new StringBuilder("{\"op\":\"message\",\"subscriptions\":[");
        String between = "";
        for (int number : ids.list()) {
            JsonNode name = names.get(number);
            if (name != null) {
                head.append(between).append(name);
                between = ",";
            }
        }
        head.append("],");
        to.write(bytes(head.toString()), shown.json());
    }

    @Override
    public void missed(Line to, long count) {
        say(said("missed", null).put("count", count));
    }

    @Override
    public void beat(Line to) {
        to.ping();
    }

    @Override
    public void expired(Line to) {
        say(said("expired", null));
        to.end(EXPIRED, "the token has expired");
    }

    @Override
    public void tooSlow(Line to) {
        to.end(POLICY, "too slow");
    }

    @Override
    public void stopped(Line to, int code, String why) {
        to.end(code, why);
    }

    @Override
    public String protocol() {
        return "HTTP feed";
    }

    @Override
    public void onEnd() {
        ended = true;
        Sending last = will;
        if (last != null && grant.mayPublish(last.topic())) {
            broker.topics()
                    .publish(
                            grant.host(),
                            last.publication(broker.wallMillis()),
                            null,
                            null,
                            null,
                            0);
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }
}
