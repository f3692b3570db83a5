package dev.parley.front.mqtt;

import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.pace.Misses;
import dev.parley.front.pace.Outbox;
import dev.parley.front.pace.Slow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The messages of QoS 0 on their way to one client. They go out at once as long as it reads; what
/// becomes of them while it does not is its choice, or the node's where it has made none.
///
/// Who wants what is new gets little ahead into its output, since nothing can be taken back from
/// there: the rest waits where it can be replaced. For the others the output itself is what waits,
/// up to a bound.
final class Qos0Output {
    /// Times the output bound that may wait for a client that would rather miss what is new.
    private static final long LOSSY = 8;

    private static final long NEVER = -1;

    private record Item(Publication message, boolean retain, Ids ids) implements Outbox.Message {
        @Override
        public String topic() {
            return message.topic();
        }

        @Override
        public int weight() {
            return message.weight();
        }
    }

    private final MqttConnection connection;
    private final MqttBroker broker;
    private final Slow slow;
    private final boolean replaces;
    private final long most;

    /// Made for who needs them: most clients read.
    private @Nullable Outbox<Item> waiting;

    private @Nullable Misses misses;

    /// Missed messages of which the client has not been told.
    private long untold;

    private long stuckSince = NEVER;
    private boolean leaving;

    Qos0Output(MqttConnection connection, Slow slow) {
        this.connection = connection;
        this.broker = connection.broker();
        this.slow = slow;
        this.replaces = slow == Slow.DROP_OLD || slow == Slow.LATEST;
        this.most = broker.mqtt().outputBytesMax() * LOSSY;
    }

    /// Sends a message, or does with it what is done for those that do not read.
    void send(Publication message, boolean retain, Ids ids) {
        if (replaces ? waiting() == 0 && connection.takes() : connection.unread() <= most) {
            connection.send(message, 0, retain, ids, 0, false);
        } else if (replaces) {
            keep(new Item(message.detached(), retain, ids));
        } else if (slow == Slow.DISCONNECT) {
            leave();
        } else {
            miss(message.topic());
        }
    }

    private void keep(Item item) {
        Outbox<Item> box = waiting;
        if (box == null) {
            MqttConfig.SlowReaders bounds = broker.mqtt().slow();
            box =
                    new Outbox<>(
                            slow,
                            bounds.messagesMax(),
                            bounds.bytesMax(),
                            broker.slowReaders(),
                            misses());
            waiting = box;
        }
        long before = misses().total();
        boolean _ = box.offer(item);
        broker.mqttMetrics().add(Count.DROPPED, misses().total() - before);
        connection.wantRoom();
    }

    private void miss(String topic) {
        misses().count(topic);
        untold++;
        broker.mqttMetrics().count(Count.DROPPED);
        connection.wantRoom();
    }

    private void leave() {
        if (!leaving) {
            leaving = true;
            broker.mqttMetrics().count(Count.TOO_SLOW);
            connection.disconnectSoon(
                    ReasonCode.QUOTA_EXCEEDED, "the client reads too slowly and wanted to go then");
        }
    }

    /// The client takes data again: sends what waits as far as it does.
    void pump() {
        stuckSince = NEVER;
        Outbox<Item> box = waiting;
        if (box == null) {
            return;
        }
        while (!box.isEmpty() && connection.takes()) {
            Outbox.Entry<Item> entry = box.poll();
            if (entry == null) {
                break;
            }
            Item one = entry.message();
            untold += entry.missed();
            if (one.message().expired(broker.wallMillis())) {
                broker.mqttMetrics().count(Count.EXPIRED);
            } else {
                connection.send(one.message(), 0, one.retain(), one.ids(), 0, false);
            }
        }
        if (box.isEmpty()) {
            untold += box.takeMissed();
        }
    }

    /// Sends away who wants it and has not read for too long.
    void onTick() {
        if (slow != Slow.DISCONNECT) {
            return;
        }
        long now = broker.tickMillis();
        if (connection.reads()) {
            stuckSince = NEVER;
        } else if (stuckSince == NEVER) {
            stuckSince = now;
        } else if (now - stuckSince >= broker.mqtt().slow().patienceMillis()) {
            leave();
        }
    }

    /// The connection has ended.
    void close() {
        Outbox<Item> box = waiting;
        if (box != null) {
            box.clear();
        }
    }

    long untold() {
        return untold;
    }

    /// The client has been told how many it missed.
    void told() {
        untold = 0;
    }

    int waiting() {
        Outbox<Item> box = waiting;
        return box == null ? 0 : box.size();
    }

    Slow slow() {
        return slow;
    }

    /// Messages that the client has missed so far.
    long missed() {
        Misses counts = misses;
        return counts == null ? 0 : counts.total();
    }

    /// The topics of which it missed most.
    List<Misses.Row> missedOf() {
        Misses counts = misses;
        return counts == null ? List.of() : counts.rows();
    }

    private Misses misses() {
        Misses counts = misses;
        if (counts == null) {
            counts = new Misses();
            misses = counts;
        }
        return counts;
    }
}
