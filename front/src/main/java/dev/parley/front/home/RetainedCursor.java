package dev.parley.front.home;

import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicMessage;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.QuietClient;
import dev.parley.front.mqtt.TopicSpace;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Goes through the retained messages of one shard after the other, a few at a time, as somebody
/// takes them.
final class RetainedCursor extends QuietClient implements TopicSpace.Cursor {
    private static final int PAGE = 64;

    /// Sends commands.
    @FunctionalInterface
    interface Way {
        void offer(int shard, TopicCommand command);
    }

    private final Way way;
    private final String host;
    private final String filter;
    private final int end;
    private final Runnable onMore;
    private final ArrayDeque<Publication> page = new ArrayDeque<>();
    private int shard;
    private @Nullable String after;
    private boolean asking;

    /// @param first the first shard that is asked
    /// @param end the one behind the last
    RetainedCursor(
            Way way, String host, String filter, int first, int end, Runnable onMore) {
        this.way = way;
        this.host = host;
        this.filter = filter;
        this.shard = first;
        this.end = end;
        this.onMore = onMore;
    }

    @Override
    public @Nullable Publication next() {
        while (page.isEmpty() && !asking && shard < end) {
            asking = true;
            way.offer(
                    shard, new TopicCommand.Retained(this, 1, host, filter, after, PAGE));
        }
        return page.poll();
    }

    @Override
    public boolean done() {
        return page.isEmpty() && !asking && shard >= end;
    }

    @Override
    public void onReply(long token, TopicReply reply) {
        asking = false;
        List<TopicMessage> messages =
                reply instanceof TopicReply.Retained retained ? retained.messages() : List.of();
        after = reply instanceof TopicReply.Retained retained ? retained.next() : null;
        if (after == null) {
            shard++;
        }
        for (TopicMessage message : messages) {
            page.add(
                    new Publication(
                                    message.topic(),
                                    message.qos(),
                                    true,
                                    message.expiryMillis() == 0
                                            ? Long.MAX_VALUE
                                            : message.expiryMillis(),
                                    message.properties(),
                                    message.payload())
                            .detached());
        }
        onMore.run();
    }
}
