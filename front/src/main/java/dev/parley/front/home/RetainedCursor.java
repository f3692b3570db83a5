package dev.parley.front.home;

import dev.parley.core.topic.QuietClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicMessage;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.TopicSpace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Goes through the retained messages of several shards in the order of their topics, a few at a
/// time, as somebody takes them.
final class RetainedCursor implements TopicSpace.Cursor {
    private static final int PAGE = 64;

    /// Topics that it remembers as overtaken: the last ones.
    private static final int OVERTAKEN_MAX = 1_024;

    /// Sends commands.
    @FunctionalInterface
    interface Way {
        void offer(int shard, TopicCommand command);
    }

    private final Way way;
    private final String host;
    private final String filter;
    private final LongSupplier wallMillis;
    private final Runnable onMore;
    private final List<Source> sources = new ArrayList<>();
    private final LinkedHashSet<String> overtaken = new LinkedHashSet<>();
    private int asking;

    /// @param first the first shard that is asked
    /// @param end the one behind the last
    RetainedCursor(
            Way way,
            String host,
            String filter,
            int first,
            int end,
            LongSupplier wallMillis,
            Runnable onMore) {
        this.wallMillis = wallMillis;
        this.way = way;
        this.host = host;
        this.filter = filter;
        this.onMore = onMore;
        for (int shard = first; shard < end; shard++) {
            sources.add(new Source(shard));
        }
    }

    /// Whoever takes his time does not get what has expired meanwhile (3.3.2-5).
    @Override
    public @Nullable Publication next() {
        Publication found;
        do {
            found = first();
        } while (found != null && found.expired(wallMillis.getAsLong()));
        return found;
    }

    private @Nullable Publication first() {
        sources.removeIf(source -> source.over && source.page.isEmpty());
        sources.forEach(Source::fill);
        if (asking > 0) {
            return null;
        }
        Source least = null;
        for (Source source : sources) {
            if (least == null || source.first().compareTo(least.first()) < 0) {
                least = source;
            }
        }
        return least == null ? null : least.page.remove(least.first());
    }

    @Override
    public boolean done() {
        return asking == 0 && sources.stream().allMatch(one -> one.over && one.page.isEmpty());
    }

    @Override
    public void overtake(String topic) {
        for (Source source : sources) {
            source.page.remove(topic);
        }
        // It may be in a page that is read now, or on its way to the shard that keeps it.
        overtaken.add(topic);
        if (overtaken.size() > OVERTAKEN_MAX) {
            overtaken.removeFirst();
        }
    }

    /// What one shard has.
    private final class Source extends QuietClient {
        private final int shard;
        private final LinkedHashMap<String, Publication> page = new LinkedHashMap<>();

        private @Nullable String after;
        private boolean over;
        private boolean asked;

        Source(int shard) {
            this.shard = shard;
        }

        String first() {
            return page.sequencedKeySet().getFirst();
        }

        void fill() {
            if (page.isEmpty() && !over && !asked) {
                asked = true;
                asking++;
                way.offer(shard, new TopicCommand.Retained(this, 1, host, filter, after, PAGE));
            }
        }

        @Override
        public void onReply(long token, TopicReply reply) {
            asked = false;
            asking--;
            if (reply instanceof TopicReply.Retained retained) {
                after = retained.next();
                for (TopicMessage message : retained.messages()) {
                    if (!overtaken.contains(message.topic())) {
                        page.put(message.topic(), publication(message));
                    }
                }
            } else {
                after = null; // the shard is closed
            }
            over = after == null;
            if (asking == 0) {
                onMore.run();
            }
        }
    }

    private static Publication publication(TopicMessage message) {
        return new Publication(
                        message.topic(),
                        message.qos(),
                        true,
                        message.expiryMillis() == 0 ? Long.MAX_VALUE : message.expiryMillis(),
                        message.properties(),
                        message.payload())
                .detached();
    }
}
