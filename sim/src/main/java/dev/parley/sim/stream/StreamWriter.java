package dev.parley.sim.stream;

import dev.parley.api.Reason;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.stream.StreamMessage;
import dev.parley.core.stream.StreamReply;
import dev.parley.sim.Dice;
import dev.parley.sim.Violation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A publisher; its subjects are its own.
final class StreamWriter {
    private final String name;
    private final List<Long> streams;
    private final StreamLedger ledger;
    private final Dice dice;
    private int number;
    private Life life = new Life();

    StreamWriter(String name, List<Long> streams, StreamLedger ledger, Dice dice) {
        this.name = name;
        this.streams = streams;
        this.ledger = ledger;
        this.dice = dice;
    }

    /// What it waits for from the present node.
    private final class Life implements StreamClient {
        private record Waiting(StreamLedger.Sent message, String mark) {}

        private final Map<Long, Waiting> waiting = new HashMap<>();
        private long token;

        @Override
        public void onAccepted(long from, long to) {
            if (life != this) {
                throw new Violation("a dead node accepts something");
            }
            for (long one = from; one <= to; one++) {
                Waiting done = waiting.remove(one);
                if (done == null) {
                    throw new Violation("accepted twice: " + one);
                }
                ledger.accepted(done.message(), done.mark());
            }
        }

        @Override
        public void onRefused(long one, Reason reason) {
            throw new Violation("refused: " + reason.detail());
        }

        @Override
        public void onReply(long one, StreamReply reply) {}

        @Override
        public boolean ready(long reader) {
            return false;
        }

        @Override
        public void onDelivery(StreamDelivery delivery) {}

        @Override
        public void onEnded(long reader) {}
    }

    void orphaned() {
        life = new Life();
    }

    /// Publishes some messages, each to streams of one shard.
    void act(StreamNode node) {
        for (int n = dice.between(1, 6); n > 0; n--) {
            publish(node);
        }
    }

    private void publish(StreamNode node) {
        long stream = dice.pick(streams);
        List<Long> to = new ArrayList<>();
        to.add(stream);
        for (long other : streams) {
            if (other != stream && node.shardOf(other) == node.shardOf(stream) && dice.oneIn(4)) {
                to.add(other);
            }
        }
        String mark = name + "-" + ++number;
        String subject = name + "/" + dice.below(6);
        boolean empty = dice.oneIn(12);
        int size = empty ? 0 : dice.oneIn(15) ? dice.below(1_500) : dice.below(60);
        StreamLedger.Sent sent =
                new StreamLedger.Sent(name, subject, number, node.roundedAt(), empty);
        ledger.publishes(to, mark, sent);
        StreamMessage message =
                new StreamMessage(
                        "ex",
                        subject,
                        dice.below(4),
                        ByteBuffer.wrap(mark.getBytes(StandardCharsets.UTF_8)),
                        ByteBuffer.allocate(size == 0 && !empty ? 1 : size));
        long token = ++life.token;
        life.waiting.put(token, new Life.Waiting(sent, mark));
        node.offer(stream, new StreamCommand.Publish(life, token, to, message));
    }
}
