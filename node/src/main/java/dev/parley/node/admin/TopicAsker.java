package dev.parley.node.admin;

import dev.parley.api.Reason;
import dev.parley.core.topic.QuietClient;
import dev.parley.core.topic.SessionStatus;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicReply;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A client of topics that asks one thing.
final class TopicAsker extends QuietClient {
    private final Consumer<TopicReply> then;

    TopicAsker(Consumer<TopicReply> then) {
        this.then = then;
    }

    /// Asks all shards that are open for their durable sessions in a virtual host.
    static void sessions(Administered node, String host, Consumer<List<SessionStatus>> then) {
        new Round(node, host, then).begin();
    }

    @Override
    public void onReply(long token, TopicReply reply) {
        then.accept(reply);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        then.accept(new TopicReply.Refused(reason));
    }

    /// One question to every shard.
    private static final class Round {
        private final Administered node;
        private final String host;
        private final Consumer<List<SessionStatus>> then;
        private final List<SessionStatus> found = new ArrayList<>();
        private int left;

        Round(Administered node, String host, Consumer<List<SessionStatus>> then) {
            this.node = node;
            this.host = host;
            this.then = then;
            this.left = node.shards();
        }

        void begin() {
            for (int shard = 0; shard < node.shards(); shard++) {
                if (node.serves(shard)) {
                    TopicAsker asker = new TopicAsker(this::onReply);
                    node.broker().offer(shard, new TopicCommand.Inspect(asker, 1, 0));
                } else {
                    onReply(new TopicReply.Done());
                }
            }
        }

        private void onReply(TopicReply reply) {
            if (reply instanceof TopicReply.Statuses statuses) {
                statuses.sessions().stream()
                        .filter(one -> one.host().equals(host))
                        .forEach(found::add);
            }
            if (--left == 0) {
                then.accept(found);
            }
        }
    }
}
