package dev.parley.core.queue;

import dev.parley.api.Awaited;
import dev.parley.api.Reason;
import dev.parley.core.message.Properties;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// A session that remembers all that it is told.
final class TestClient implements QueueClient {
    /// A delivery, copied.
    record Got(
            long queue,
            long consumer,
            long entry,
            String body,
            String exchange,
            String routingKey,
            boolean redelivered,
            int failures,
            Properties properties) {}

    final List<Got> got = new ArrayList<>();
    final List<String> accepted = new ArrayList<>();
    final List<String> refused = new ArrayList<>();
    final List<Long> cancelled = new ArrayList<>();

    /// Queues that it must wait for.
    final Set<Long> full = new HashSet<>();

    /// Whether it would.
    boolean waits = true;

    final Map<Long, QueueReply> replies = new LinkedHashMap<>();
    private final Map<Long, String> published = new HashMap<>();
    private long nextToken = 1;

    long nextPublish(String body) {
        published.put(nextToken, body);
        return nextToken++;
    }

    /// The bodies delivered so far, which are then forgotten.
    List<String> takeBodies() {
        List<String> bodies = got.stream().map(Got::body).toList();
        got.clear();
        return bodies;
    }

    /// The deliveries so far, which are then forgotten.
    List<Got> take() {
        List<Got> taken = List.copyOf(got);
        got.clear();
        return taken;
    }

    boolean replied(long token) {
        return replies.containsKey(token);
    }

    QueueReply reply(long token) {
        return Objects.requireNonNull(replies.get(token), () -> "no reply to " + token);
    }

    QueueCommand.Subscribe subscribe(long queue, long consumer) {
        return subscribe(queue, consumer, 0, 0);
    }

    QueueCommand.Subscribe subscribe(long queue, long consumer, int prefetch, int priority) {
        return new QueueCommand.Subscribe(
                this, consumer, queue, consumer, false, false, priority, prefetch, () -> true);
    }

    QueueCommand.Subscribe automatic(long queue, long consumer) {
        return new QueueCommand.Subscribe(
                this, consumer, queue, consumer, true, false, 0, 0, () -> true);
    }

    @Override
    public void onAccepted(long from, long to) {
        for (long token = from; token <= to; token++) {
            accepted.add(Objects.requireNonNull(published.remove(token)));
        }
    }

    @Override
    public void onRefused(long token, Reason reason) {
        refused.add(Objects.requireNonNull(published.remove(token)));
    }

    @Override
    public Awaited.Holder holder(long consumer) {
        return new Awaited.Holder(consumer == 0 ? "" : "c" + consumer, "test");
    }

    @Override
    public boolean waitsForRoom() {
        return waits;
    }

    @Override
    public void onFull(long queue, String name) {
        full.add(queue);
    }

    @Override
    public void onRoomIn(long queue) {
        full.remove(queue);
    }

    @Override
    public void onDelivery(Delivery delivery) {
        got.add(copy(delivery));
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        replies.put(token, reply);
        if (reply instanceof QueueReply.Got found) {
            got.add(copy(found.delivery()));
        }
    }

    @Override
    public void onCancelled(long consumer) {
        cancelled.add(consumer);
    }

    private static Got copy(Delivery delivery) {
        ByteBuffer body = delivery.body();
        return new Got(
                delivery.queue(),
                delivery.consumer(),
                delivery.entry(),
                StandardCharsets.UTF_8.decode(body).toString(),
                delivery.exchange(),
                delivery.routingKey(),
                delivery.redelivered(),
                delivery.failures(),
                Properties.read(delivery.properties()));
    }
}
