package dev.parley.core.topic;

import dev.parley.core.shard.Command;
import dev.parley.core.shard.Pattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What can be asked of the topics of a shard: of its durable sessions and its retained messages. A
/// session is named by the number that it was given when it began; see [Target#shardOf].
public sealed interface TopicCommand extends Command {
    /// The expiry of a session that never ends by itself.
    long NEVER = 0xFFFF_FFFFL;

    /// The owner that the node itself is.
    String NODE = "";

    @Override
    default Pattern pattern() {
        return Pattern.TOPIC;
    }

    // ---- sessions

    /// A connection takes hold of the session of a client id, which begins if there is none.
    /// Whoever held it is told. Answered by Attached, before the first delivery.
    ///
    /// @param clean whether a session that is there ends first
    /// @param expirySeconds how long it stays when its connection has ended; 0: it ends with it
    /// @param window most deliveries not acknowledged at a time
    /// @param owner the user whose it is from its beginning on: nobody else gets it or ends it, but
    ///   who is answered with Denied; [#NODE]: the node itself, which may hold any; null: nobody's
    record Attach(
            TopicClient client,
            long token,
            String host,
            String clientId,
            boolean clean,
            long expirySeconds,
            int window,
            @Nullable Will will,
            @Nullable String owner)
            implements TopicCommand {
        @Override
        public Command detached() {
            Will copy = will == null ? null : will.detached();
            return new Attach(
                    client, token, host, clientId, clean, expirySeconds, window, copy, owner);
        }
    }

    /// The connection that held the session has ended; nothing if another holds it by now.
    ///
    /// @param will whether it went without a farewell, so that its will is due
    /// @param expirySeconds how long the session stays, or -1: as it was said when it attached
    record Detach(TopicClient client, long session, boolean will, long expirySeconds)
            implements TopicCommand {}

    /// Ends the session of a client id, if there is one: for a connection that begins without any.
    /// Its will is published if it is due. Answered by Done, or Refused, unless `token` is 0.
    ///
    /// @param owner on whose behalf, as for [Attach]
    record Discard(
            TopicClient client, long token, String host, String clientId, @Nullable String owner)
            implements TopicCommand {}

    /// Ends a session. Answered by Done, or Refused if there is none.
    record End(TopicClient client, long token, long session) implements TopicCommand {}

    /// Adds subscriptions of a session or changes them. Answered by Subscribed for each, in order,
    /// with tokens that rise from `token` on, or by Refused.
    record Subscribe(TopicClient client, long token, long session, List<Subscription> subscriptions)
            implements TopicCommand {}

    /// Answered like [Subscribe].
    record Unsubscribe(TopicClient client, long token, long session, List<String> filters)
            implements TopicCommand {}

    // ---- publishing

    /// Puts a message into sessions, and makes it the retained one of its topic. Answered by
    /// `onAccepted`, `onKnown` or `onRefused` unless `token` is 0.
    ///
    /// The list of targets is borrowed, as the message is.
    ///
    /// Sessions that do not exist (any more) are passed over. Those that live on other shards, and
    /// a keeper that is another shard, get it from here, once each, after it is durable here:
    /// slower than a command for every shard, but all or nothing. It is for a publish that must not
    /// happen twice.
    ///
    /// @param origin the session of this shard whose client published it with quality of service 2,
    ///   and under which packet id; null for others: they may repeat it
    /// @param keeper the shard that keeps it as the retained message of its topic (without payload:
    ///   removes the one that is there), or [TopicHost#NOWHERE]
    record Publish(
            TopicClient client,
            long token,
            @Nullable Origin origin,
            String host,
            TopicMessage message,
            int keeper,
            List<Target> targets)
            implements TopicCommand {
        @Override
        public Command detached() {
            List<Target> own = List.copyOf(targets);
            return new Publish(client, token, origin, host, message.detached(), keeper, own);
        }
    }

    /// Who published with quality of service 2, under which packet id.
    record Origin(long session, int packetId) {}

    /// The client of a session lets go of the packet id of its own publish. Answered by
    /// `onComplete`.
    record Release(TopicClient client, long session, int packetId) implements TopicCommand {}

    // ---- deliveries

    /// What the client of a session says about a delivery, or of several whose packet ids follow
    /// one another.
    record Settle(TopicClient client, long session, int packetId, int count, Step step)
            implements TopicCommand {
        /// Of one delivery.
        public Settle(TopicClient client, long session, int packetId, Step step) {
            this(client, session, packetId, 1, step);
        }
    }

    /// How far a delivery has come.
    enum Step {
        /// It has arrived (quality of service 1), and is done.
        ACKNOWLEDGED,
        /// It has arrived (quality of service 2). Answered by `onRelease`.
        RECEIVED,
        /// Its packet id is free again (quality of service 2), and it is done.
        COMPLETED,
        /// The client does not want it, and it is done.
        REFUSED
    }

    /// The client of a session is ready again.
    record Resume(TopicClient client, long session) implements TopicCommand {}

    /// A member of a group has come: what waits for others of the group, whose clients are gone, in
    /// sessions of this shard goes to whom the host names.
    record Gather(String host, String group) implements TopicCommand {}

    // ---- looking

    /// Looks for retained messages whose topics match, in the order of their topics. Answered by
    /// Retained.
    ///
    /// @param after only topics behind this one, which the last answer named; null: from the first
    /// @param count most messages in the answer
    record Retained(
            TopicClient client,
            long token,
            String host,
            String filter,
            @Nullable String after,
            int count)
            implements TopicCommand {}

    /// Answered by Statuses: of one session, or of all with `session` 0.
    record Inspect(TopicClient client, long token, long session) implements TopicCommand {}

    /// Every shard of the node serves: whoever held a session when the node died has gone, wills
    /// may be published and sessions may end. Sent once after recovery, before any [Attach].
    record Begin() implements TopicCommand {}

    /// The node stops in good order: everything sent is known.
    record Rest() implements TopicCommand {}

    /// Virtual hosts that do not exist (any more, [TopicHost#exists]) go with everything in them,
    /// and nobody hears of it but the clients of their sessions: no will is published.
    record Drop() implements TopicCommand {}

    // ---- between shards

    /// A message that shard `from` moves here; accepted once per `move`, in ascending order.
    record Accept(
            int from,
            long move,
            String host,
            TopicMessage message,
            boolean keep,
            List<Target> targets)
            implements TopicCommand {
        @Override
        public Command detached() {
            return new Accept(from, move, host, message.detached(), keep, targets);
        }
    }

    /// Shard `by` has accepted everything up to `move`, durably.
    record Accepted(int by, long move) implements TopicCommand {}
}
