package dev.parley.core.stream;

import dev.parley.api.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A client of streams that remembers all that it is told.
final class TestReader implements StreamClient {
    /// A delivery, copied.
    record Got(
            long offset,
            long missed,
            boolean repeated,
            long millis,
            int key,
            String subject,
            String body) {}

    final List<Got> got = new ArrayList<>();
    final List<Long> accepted = new ArrayList<>();
    final List<Reason> refused = new ArrayList<>();
    final List<Long> ended = new ArrayList<>();
    private final Map<Long, StreamReply> replies = new LinkedHashMap<>();

    /// How many more messages it takes.
    int room = Integer.MAX_VALUE;

    long id;

    /// The token of its attachment.
    long attached;

    private boolean agreed;
    private long lastToken;

    long nextToken() {
        return ++lastToken;
    }

    StreamReply reply(long token) {
        return Objects.requireNonNull(replies.get(token), () -> "no reply to " + token);
    }

    StreamReply.Attached attachment() {
        return (StreamReply.Attached) reply(attached);
    }

    /// The deliveries so far, which are then forgotten.
    List<Got> take() {
        List<Got> taken = List.copyOf(got);
        got.clear();
        return taken;
    }

    /// The offsets delivered so far, which are then forgotten.
    List<Long> takeOffsets() {
        return take().stream().map(Got::offset).toList();
    }

    List<String> takeBodies() {
        return take().stream().map(Got::body).toList();
    }

    @Override
    public void onAccepted(long from, long to) {
        for (long token = from; token <= to; token++) {
            accepted.add(token);
        }
    }

    @Override
    public void onRefused(long token, Reason reason) {
        refused.add(reason);
    }

    @Override
    public void onReply(long token, StreamReply reply) {
        replies.put(token, reply);
    }

    @Override
    public boolean ready(long reader) {
        agreed = room > 0;
        return agreed;
    }

    @Override
    public void onDelivery(StreamDelivery delivery) {
        if (!agreed || delivery.reader() != id || !replies.containsKey(attached)) {
            throw new AssertionError("a delivery out of place");
        }
        agreed = false;
        room--;
        String body = text(delivery.body());
        if (!text(delivery.properties()).equals("p" + body) || !delivery.exchange().equals("ex")) {
            throw new AssertionError("a damaged message " + body);
        }
        got.add(
                new Got(
                        delivery.offset(),
                        delivery.missed(),
                        delivery.repeated(),
                        delivery.timeMillis(),
                        delivery.key(),
                        delivery.subject(),
                        body));
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    @Override
    public void onEnded(long reader) {
        ended.add(reader);
    }
}
