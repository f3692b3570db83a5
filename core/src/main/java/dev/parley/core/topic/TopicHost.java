package dev.parley.core.topic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the topics of a shard need from the node around them; on the shard's event loop.
public interface TopicHost {
    /// No shard keeps the message as a retained one.
    int NOWHERE = -1;

    /// The number of this shard.
    int shard();

    /// Whether there is such a virtual host.
    boolean exists(String host);

    /// A durable session subscribes from now on, or otherwise than before: said for every
    /// subscription when the shard begins to serve, then at each change as soon as it is durable.
    /// Nobody sends to a session that a crash could undo: its number might get another owner.
    void onSubscribed(String host, long session, Subscription subscription);

    void onUnsubscribed(String host, long session, String filter);

    /// The session is gone, with all its subscriptions.
    void onEnded(String host, long session);

    /// The durable sessions, on whatever shard, that a message reaches now; for a will that is due.
    /// `publisher` is the session that the message comes from.
    List<Target> route(String host, TopicMessage message, boolean retain, long publisher);

    /// The shard that keeps the retained message of a topic.
    int keeper(String host, String topic);

    /// Whether a user may, now, publish to a topic: the will that is due may be an old one.
    ///
    /// @param user [TopicCommand#NODE]: the node itself; null: it is not known who
    boolean mayPublish(String host, @Nullable String user, String topic);

    /// A will was published, durably: everybody else whom it reaches gets it now. The durable
    /// sessions and the retained message are seen to.
    void onWill(String host, TopicMessage message, boolean retain, long publisher);

    /// Another durable member of a group, on whatever shard, that is to have a message which
    /// `session` can't deliver, or null.
    ///
    /// @param connected whether only a member whose client is connected helps
    @Nullable Target member(String host, Terms terms, long session, boolean connected);

    /// A session had no room for a message; it is counted and will not come.
    void onOverflow(String host, String clientId);

    /// A message cannot be read back from the log: it is not delivered.
    void onDamaged(String topicOrClientId, long position);
}
