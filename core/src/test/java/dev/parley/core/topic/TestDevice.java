package dev.parley.core.topic;

import dev.parley.api.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A connection that remembers all that it is told.
final class TestDevice implements TopicClient {
    /// A delivery, copied.
    record Got(
            String topic,
            String body,
            String properties,
            int packetId,
            boolean repeated,
            long expiryMillis,
            Terms terms) {
        int qos() {
            return terms.qos();
        }
    }

    final List<Got> got = new ArrayList<>();
    final List<Long> accepted = new ArrayList<>();
    final List<Long> known = new ArrayList<>();
    final List<Reason> refused = new ArrayList<>();

    /// Packet ids to be released, `-` in front of those that nobody knows.
    final List<String> releases = new ArrayList<>();

    final List<String> completions = new ArrayList<>();
    final Map<Long, TopicReply> replies = new LinkedHashMap<>();
    private final String name;

    /// Deliveries of what was delivered to another session just before.
    int forms;

    /// Messages of its session that it will never get.
    int dropped;

    boolean ready = true;
    boolean takenOver;
    boolean ended;
    long session;
    private long lastToken;

    TestDevice() {
        this("device");
    }

    TestDevice(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    long nextToken() {
        return ++lastToken;
    }

    long lastToken() {
        return lastToken;
    }

    /// The deliveries so far, which are then forgotten.
    List<Got> take() {
        List<Got> taken = List.copyOf(got);
        got.clear();
        return taken;
    }

    /// The bodies delivered so far, which are then forgotten.
    List<String> takeBodies() {
        return take().stream().map(Got::body).toList();
    }

    TopicReply reply(long token) {
        return Objects.requireNonNull(replies.get(token), () -> "no reply to " + token);
    }

    @Override
    public void onAccepted(long from, long to) {
        for (long token = from; token <= to; token++) {
            accepted.add(token);
        }
    }

    @Override
    public void onKnown(long token) {
        known.add(token);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        refused.add(reason);
    }

    @Override
    public void onReply(long token, TopicReply reply) {
        replies.put(token, reply);
        if (reply instanceof TopicReply.Attached attached) {
            session = attached.session();
        }
    }

    // What has been made of a message for another session is always the same message.
    @Override
    public void onDelivery(TopicDelivery delivery) {
        if (delivery.session() != session) {
            throw new AssertionError("a delivery for another session");
        }
        String made = delivery.topic() + " " + StandardCharsets.UTF_8.decode(delivery.payload());
        if (delivery.form() == null) {
            delivery.form(made);
        } else if (delivery.form().equals(made)) {
            forms++;
        } else {
            throw new AssertionError("%s is given as %s".formatted(made, delivery.form()));
        }
        got.add(
                new Got(
                        delivery.topic(),
                        StandardCharsets.UTF_8.decode(delivery.payload()).toString(),
                        StandardCharsets.UTF_8.decode(delivery.properties()).toString(),
                        delivery.packetId(),
                        delivery.repeated(),
                        delivery.expiryMillis(),
                        delivery.terms()));
    }

    @Override
    public void onDropped() {
        dropped++;
    }

    @Override
    public void onRelease(int packetId, boolean isKnown) {
        releases.add((isKnown ? "" : "-") + packetId);
    }

    @Override
    public void onComplete(int packetId, boolean isKnown) {
        completions.add((isKnown ? "" : "-") + packetId);
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public void onTakenOver(long which) {
        takenOver = true;
    }

    @Override
    public void onEnded(long which) {
        ended = true;
    }
}
