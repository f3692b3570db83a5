package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.SubscribeOptions.Overflow;
import dev.parley.core.topic.TopicCommand;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The topics under a filter: those that are published while somebody is there, or what waits under
/// a name.
record TopicOrigin<T>(LocalTopic<T> topic, SubscribeOptions options) implements Origin<T> {
    /// Messages of a durable session that are not settled, at most.
    private static final int WINDOW_MAX = 1_024;

    private static final String SHARE = "$share/";

    /// Behind the name of a subscription: the queue for what it cannot deal with.
    private static final String DEAD = ".dead";

    private EmbeddedTopics topics() {
        return topic.topics();
    }

    @Override
    public String label() {
        return topic.filter();
    }

    @Override
    public Codec<T> codec() {
        return topic.codec();
    }

    @Override
    public Programs programs() {
        return topics().programs();
    }

    @Override
    public Backlog backlog(int width, Backlog.Bell bell) {
        Overflow overflow = options.name() == null ? options.overflow() : Overflow.DROP_NEWEST;
        return new Backlog(overflow, options.buffer(), width, bell);
    }

    @Override
    public Source source(Backlog backlog, Source.Watch watch) {
        String name = options.name();
        String group = options.group();
        String filter = group == null ? topic.filter() : SHARE + group + "/" + topic.filter();
        boolean retained = options.retained() && group == null;
        if (name == null) {
            return new LiveSource(topics(), filter, retained, backlog);
        }
        return new DurableSource(
                topics(),
                name,
                filter,
                retained,
                expirySeconds(options.stays()),
                Math.min(WINDOW_MAX, options.buffer()),
                backlog,
                watch);
    }

    private long expirySeconds(@Nullable Duration stays) {
        long most = topics().config().sessionExpiryMaxSeconds();
        return stays == null
                ? Math.min(TopicCommand.NEVER, most)
                : Math.clamp(stays.toSeconds(), 1, most);
    }

    @Override
    public @Nullable String dead() {
        return options.name() == null ? null : options.name() + DEAD;
    }

    @Override
    public void hold() {
        String name = options.name();
        if (name != null) {
            topics().hold(name);
        }
    }

    @Override
    public void letGo() {
        String name = options.name();
        if (name != null) {
            topics().letGo(name);
        }
    }
}
