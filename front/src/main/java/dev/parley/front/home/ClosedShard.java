package dev.parley.front.home;

import dev.parley.api.Reason;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.shard.Command;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamReply;
import dev.parley.core.topic.TopicClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicReply;
import org.jspecify.annotations.Nullable;

/// Answers for a shard that is damaged and closed, so that its callers are not left waiting.
final class ClosedShard {
    private ClosedShard() {}

    static void refuse(Command command) {
        Reason reason = new Reason.Unavailable("the shard is damaged");
        switch (command) {
            case QueueCommand queue -> refuse(queue, reason);
            case TopicCommand topic -> refuse(topic, reason);
            case StreamCommand stream -> refuse(stream, reason);
            default -> {
                // The catalog's shard is open, or there is no node.
            }
        }
    }

    private static void refuse(QueueCommand command, Reason reason) {
        switch (command) {
            case QueueCommand.Publish c -> {
                if (c.token() != 0) {
                    c.client().onRefused(c.token(), reason);
                }
            }
            case QueueCommand.Touch c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Subscribe c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Cancel c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Get c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Purge c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Delete c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Inspect c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Peek c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Pause c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Remove c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Send c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Replace c -> refuse(c.client(), c.token(), reason);
            case QueueCommand.Create c -> {}
            case QueueCommand.Reshape c -> {}
            case QueueCommand.Resume c -> {}
            case QueueCommand.Adjust c -> {}
            case QueueCommand.Renew c -> {}
            case QueueCommand.Settle c -> {}
            case QueueCommand.Retain c -> {}
            case QueueCommand.Rest c -> {}
            case QueueCommand.Accept c -> {}
            case QueueCommand.Accepted c -> {}
        }
    }

    private static void refuse(TopicCommand command, Reason reason) {
        switch (command) {
            case TopicCommand.Publish c -> {
                if (c.token() != 0) {
                    c.client().onRefused(c.token(), reason);
                }
            }
            case TopicCommand.Attach c -> refuse(c.client(), c.token(), reason);
            case TopicCommand.Discard c -> refuse(c.client(), c.token(), reason);
            case TopicCommand.End c -> refuse(c.client(), c.token(), reason);
            case TopicCommand.Subscribe c -> refuse(c.client(), c.token(), reason);
            case TopicCommand.Unsubscribe c -> refuse(c.client(), c.token(), reason);
            case TopicCommand.Retained c -> refuse(c.client(), c.token(), reason);
            case TopicCommand.Inspect c -> refuse(c.client(), c.token(), reason);
            case TopicCommand.Detach c -> {}
            case TopicCommand.Release c -> {}
            case TopicCommand.Settle c -> {}
            case TopicCommand.Resume c -> {}
            case TopicCommand.Gather c -> {}
            case TopicCommand.Begin c -> {}
            case TopicCommand.Rest c -> {}
            case TopicCommand.Drop c -> {}
            case TopicCommand.Accept c -> {}
            case TopicCommand.Accepted c -> {}
        }
    }

    private static void refuse(TopicClient client, long token, Reason reason) {
        if (token != 0) {
            client.onReply(token, new TopicReply.Refused(reason));
        }
    }

    private static void refuse(@Nullable QueueClient client, long token, Reason reason) {
        if (client != null && token != 0) {
            client.onReply(token, new QueueReply.Refused(reason));
        }
    }

    private static void refuse(StreamCommand command, Reason reason) {
        switch (command) {
            case StreamCommand.Publish c -> {
                if (c.token() != 0) {
                    c.client().onRefused(c.token(), reason);
                }
            }
            case StreamCommand.Delete c -> refuse(c.client(), c.token(), reason);
            case StreamCommand.Attach c -> refuse(c.client(), c.token(), reason);
            case StreamCommand.Detach c -> refuse(c.client(), c.token(), reason);
            case StreamCommand.Move c -> refuse(c.client(), c.token(), reason);
            case StreamCommand.Read c -> refuse(c.client(), c.token(), reason);
            case StreamCommand.Inspect c -> refuse(c.client(), c.token(), reason);
            case StreamCommand.Create c -> {}
            case StreamCommand.Retain c -> {}
            case StreamCommand.Accept c -> {}
            case StreamCommand.Resume c -> {}
            case StreamCommand.Settle c -> {}
            case StreamCommand.Return c -> {}
        }
    }

    private static void refuse(@Nullable StreamClient client, long token, Reason reason) {
        if (client != null && token != 0) {
            client.onReply(token, new StreamReply.Refused(reason));
        }
    }
}
