package dev.parley.front.home;

import dev.parley.api.Reason;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueHost;
import dev.parley.front.mqtt.TopicSpace.Receipt;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the queues of one shard send to topics: dead letters. Each is answered when it and all
/// before it are with every durable session that it reaches. One that is under way in a crash comes
/// again.
final class TopicMoves implements Receipt {
    private final Topics topics;
    private final Consumer<QueueCommand> answer;
    private final TreeSet<Long> underWay = new TreeSet<>();
    private long newest;
    private long answered;

    /// @param answer takes commands for the shard
    TopicMoves(Topics topics, Consumer<QueueCommand> answer) {
        this.topics = topics;
        this.answer = answer;
    }

    /// See [QueueHost#toTopics].
    void send(String host, long move, @Nullable Message message) {
        if (move > 0) {
            underWay.add(move);
            newest = Math.max(newest, move);
        }
        if (message == null) {
            settle(move);
            return;
        }
        // It is a view of the log, which topics of another shard may append to at once.
        Message copy = message.detached();
        topics.publish(
                host,
                copy.routingKey(),
                copy.properties(),
                copy.body(),
                move > 0 ? this : null,
                move);
    }

    @Override
    public void onAccepted(long move, boolean matched) {
        settle(move);
    }

    /// A shard that is closed has lost its sessions' messages for now: others must not wait for it.
    @Override
    public void onRefused(long move, Reason reason) {
        settle(move);
    }

    private void settle(long move) {
        underWay.remove(move);
        long done = underWay.isEmpty() ? newest : underWay.first() - 1;
        if (done > answered) {
            answered = done;
            answer.accept(new QueueCommand.Accepted(QueueHost.TOPICS, done));
        }
    }
}
