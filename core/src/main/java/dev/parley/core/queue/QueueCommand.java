package dev.parley.core.queue;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Pattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What can be asked of the queues of a shard. Queues are named by the id that the catalog gave
/// them.
public sealed interface QueueCommand extends Command {
    @Override
    default Pattern pattern() {
        return Pattern.QUEUE;
    }

    /// Makes sure that the queue exists and behaves as the spec says.
    record Create(long queue, String host, String name, QueueSpec spec) implements QueueCommand {}

    /// Changes how the queue behaves from now on; nothing if it does not exist (any more).
    ///
    /// What is there stays subject to what it came in with: a message keeps the expiry that it was
    /// given. Bounds hold for what is there: a queue that is too long by its new ones drops its
    /// head (unless it refuses publishers instead), and a new time to be unused begins now.
    /// Consumers keep the leases that they subscribed with. Whether the queue is durable, its
    /// priorities and its groups stay as they were declared.
    record Reshape(long queue, QueueSpec spec) implements QueueCommand {}

    /// Puts a message into queues of this shard. Answered by `onAccepted`/`onRefused` unless
    /// `token` is 0. Queues that do not exist (any more) are passed over.
    record Publish(QueueClient client, long token, List<Long> queues, Message message)
            implements QueueCommand {
        @Override
        public Command detached() {
            return new Publish(client, token, queues, message.detached());
        }
    }

    /// Adds a consumer. `consumer` is unique within the client's node. Answered by Done at once
    /// (before its first delivery) or Refused.
    ///
    /// @param prefetch most deliveries unsettled at a time, 0 for no limit
    /// @param leaseMillis how long a delivery may be kept before it counts as failed, or
    ///   [QueueSpec#NONE] for the queue's own lease
    record Subscribe(
            QueueClient client,
            long token,
            long queue,
            long consumer,
            boolean automatic,
            boolean exclusive,
            int priority,
            int prefetch,
            long leaseMillis,
            Window window)
            implements QueueCommand {
        /// A consumer with the queue's own lease.
        public Subscribe(
                QueueClient client,
                long token,
                long queue,
                long consumer,
                boolean automatic,
                boolean exclusive,
                int priority,
                int prefetch,
                Window window) {
            this(
                    client,
                    token,
                    queue,
                    consumer,
                    automatic,
                    exclusive,
                    priority,
                    prefetch,
                    QueueSpec.NONE,
                    window);
        }
    }

    /// Ends a consumer; what it has stays with the client. Answered by Done at once unless `token`
    /// is 0.
    record Cancel(QueueClient client, long token, long queue, long consumer)
            implements QueueCommand {}

    /// The consumer's window has room again.
    record Resume(long queue, long consumer) implements QueueCommand {}

    /// Changes a consumer's prefetch while it consumes.
    record Adjust(long queue, long consumer, int prefetch) implements QueueCommand {}

    /// Gives a delivery more time: its lease ends `millis` from now, or after the consumer's own
    /// lease with [QueueSpec#NONE]. Does nothing where there is no lease.
    record Renew(long queue, long entry, long millis) implements QueueCommand {}

    /// Stops deliveries, or lets them go on; survives a restart. Answered by Done.
    record Pause(QueueClient client, long token, long queue, boolean paused)
            implements QueueCommand {}

    /// What is done to single messages that no consumer has.
    sealed interface Edit extends QueueCommand {
        QueueClient client();

        long token();

        long queue();

        Entries entries();
    }

    /// Removes messages that no consumer has, whether ready, held, at rest or scheduled. Answered
    /// by Done with the number removed.
    record Remove(QueueClient client, long token, long queue, Entries entries) implements Edit {}

    /// Ends deliveries in one way.
    ///
    /// @param consumer who has all of them, 0 for a get
    /// @param entries borrowed, like a message's buffers: the caller uses them again
    record Settle(long queue, long consumer, Entries entries, Outcome outcome)
            implements QueueCommand {
        @Override
        public Command detached() {
            return new Settle(queue, consumer, entries.copy(), outcome);
        }
    }

    /// How a delivery ends.
    enum Outcome {
        /// Acknowledged: the message is gone.
        ACKNOWLEDGED,
        /// Back to its place, as if it had not been tried.
        RETURNED,
        /// Back to its place; counts towards the delivery limit.
        FAILED,
        /// Put away with the reason `rejected`.
        REJECTED
    }

    /// Takes one message. Answered by Got, Empty or Refused.
    record Get(QueueClient client, long token, long queue, boolean automatic)
            implements QueueCommand {}

    /// Removes all ready messages. Answered by Done with their number.
    record Purge(QueueClient client, long token, long queue) implements QueueCommand {}

    /// Removes the queue's messages and consumers. Answered by Done with the number of ready
    /// messages, or Refused when a condition does not hold. A null client wants no answer.
    record Delete(
            @Nullable QueueClient client, long token, long queue, boolean ifUnused, boolean ifEmpty)
            implements QueueCommand {}

    /// Counts as a use of the queue. Answered by Done with messages ready and consumers.
    record Touch(QueueClient client, long token, long queue) implements QueueCommand {}

    /// Answered by Statuses of one queue, or of all with queue 0.
    record Inspect(QueueClient client, long token, long queue) implements QueueCommand {}

    /// Answered by Peeked with at most `count` (at most 1,000) messages that match.
    ///
    /// @param all whether also those that are held, at rest, scheduled or out are looked at
    /// @param from the entry to begin with, -1 for the head
    record Peek(
            QueueClient client,
            long token,
            long queue,
            int count,
            boolean all,
            long from,
            PeekedMessage.Filter filter)
            implements QueueCommand {
        /// A look at what is ready, from the head on.
        public Peek(QueueClient client, long token, long queue, int count) {
            this(client, token, queue, count, false, -1, PeekedMessage.Filter.ALL);
        }
    }

    /// Sends messages that no consumer has on, each as safely as a dead letter; one whose way leads
    /// nowhere stays. Answered by Sent.
    record Send(QueueClient client, long token, long queue, Entries entries, Way way)
            implements Edit {}

    /// Where messages are sent on to.
    sealed interface Way {
        /// @throws IllegalArgumentException if one of the names is longer than 255 bytes
        record To(String exchange, String routingKey) implements Way {
            public To {
                check("an exchange", exchange);
                check("a routing key", routingKey);
            }

            private static void check(String what, String name) {
                if (ShortText.bytes(name).length > ShortText.BYTES_MAX) {
                    throw new IllegalArgumentException(
                            "the name of %s has at most 255 bytes".formatted(what));
                }
            }
        }

        /// Into the queue that each died in last.
        record Back() implements Way {}
    }

    /// Puts another message into the place where one leaves, both or neither. Answered by Done with
    /// 1, or 0 if there is none (any more) that no consumer has.
    record Replace(QueueClient client, long token, long queue, long entry, Message message)
            implements Edit {
        @Override
        public Entries entries() {
            return Entries.of(entry);
        }

        @Override
        public Replace detached() {
            return new Replace(client, token, queue, entry, message.detached());
        }
    }

    /// Drops queues that the catalog does not know; sent once after recovery.
    record Retain(List<Long> queues) implements QueueCommand {}

    /// The node stops in good order: nothing is in flight any more.
    record Rest() implements QueueCommand {}

    /// A message that shard `from` moves here; accepted once per `move`, in ascending order. Move 0
    /// is not remembered.
    ///
    /// @param always whether queues take it that have no room for it by their bounds
    record Accept(int from, long move, boolean always, List<Long> queues, Message message)
            implements QueueCommand {
        @Override
        public Command detached() {
            return new Accept(from, move, always, queues, message.detached());
        }
    }

    /// Shard `by` has accepted everything up to `move`, durably.
    record Accepted(int by, long move) implements QueueCommand {}
}
