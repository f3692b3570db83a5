package dev.parley.core.queue;

import dev.parley.core.log.Log;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.message.ShortText;
import dev.parley.core.queue.Outbox.Item;
import dev.parley.core.queue.Outbox.Move;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Limits;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Puts messages away: gives each its history and moves it to where the queue's dead-letter
/// exchange leads, safely.
///
/// A durable message leaves its queue by a MOVE record, which also puts it into the [Outbox]; when
/// that is durable it is sent to the shards it goes to; each logs it and answers; MOVED ends it. A
/// crash anywhere in between repeats a step that the receiver recognises. Messages that promise
/// nothing are sent without records. In order, one at a time, since a body may have to be read from
/// disk first.
final class DeadLetters {
    private static final int BATCH = 256;

    /// Messages on their way at which no more are let expire or be pushed out for the time being: a
    /// deep queue that dies does so in pieces.
    private static final int DYING_MAX = 4096;

    private record Dying(QueueState queue, long entry, Errand errand) {}

    /// Why a message leaves.
    private sealed interface Errand {
        record Death(DeathHistory.Cause reason) implements Errand {}

        record OnItsWay(Sending sending) implements Errand {}
    }

    /// A message with its history and where it goes.
    ///
    /// @param always whether it is taken even where there is no room: somebody has sent it there,
    ///   and was told that it went
    private record Routed(
            String exchange,
            String key,
            ByteBuffer properties,
            ByteBuffer body,
            long due,
            boolean always,
            Map<Integer, List<Long>> queues) {}

    /// How a message on its way is to be taken, where it lies behind its head in the outbox.
    ///
    /// @param due when it is due, 0: at once
    /// @param always see [Routed]
    /// @param host the virtual host of the topics that it goes to; empty: it goes to queues only
    private record Terms(long due, boolean always, String host) {
        ByteBuffer encoded() {
            byte[] name = Records.utf8(host);
            if (!always && name.length == 0) {
                return due == 0 ? ByteBuffer.allocate(0) : ByteBuffer.allocate(8).putLong(0, due);
            }
            ByteBuffer out = ByteBuffer.allocate(8 + 1 + name.length);
            return out.putLong(due).put((byte) (always ? 1 : 0)).put(name).flip();
        }

        static Terms read(ByteBuffer in) {
            long due = in.hasRemaining() ? in.getLong() : 0;
            boolean always = in.hasRemaining() && in.get() != 0;
            byte[] name = new byte[in.remaining()];
            in.get(name);
            return new Terms(due, always, ShortText.decoded(name));
        }
    }

    /// Messages that somebody sends on from a queue, and how many of them are still to be looked
    /// at.
    static final class Sending {
        private final QueueClient client;
        private final long token;
        private final QueueCommand.Way way;
        private int left;
        private long sent;
        private long nowhere;

        Sending(QueueCommand.Send send) {
            client = send.client();
            token = send.token();
            way = send.way();
        }

        QueueCommand.Way way() {
            return way;
        }

        /// One more is to be looked at.
        void expect() {
            left++;
        }

        /// One has been sent on.
        void sent(Decision decision) {
            sent++;
            lookedAt(decision);
        }

        /// One stays: its way leads nowhere.
        void leadsNowhere(Decision decision) {
            nowhere++;
            lookedAt(decision);
        }

        /// One more has been looked at; the last one makes the answer.
        void lookedAt(Decision decision) {
            left--;
            if (left == 0) {
                QueueReply reply = new QueueReply.Sent(sent, nowhere);
                decision.promise(() -> client.onReply(token, reply));
            }
        }
    }

    private final Queues queues;
    private final QueueHost host;
    private final Consumer<QueueState> touched;
    private final ArrayDeque<Dying> dying = new ArrayDeque<>();
    private final Set<QueueState> settled = new LinkedHashSet<>();
    private final Set<QueueState> held = new LinkedHashSet<>();
    private final Reader bodies = new Reader();
    private final Reader moving = new Reader();
    private Map<Integer, Long> durable = Map.of();
    private boolean wakeToSend;

    DeadLetters(Queues queues, QueueHost host, Consumer<QueueState> touched) {
        this.queues = queues;
        this.host = host;
        this.touched = touched;
    }

    /// Whether a message of the queue may be put away now; if not, the queue is touched when it
    /// may.
    boolean takesMore(QueueState queue) {
        if (queue.spec().deadLetterExchange() == null || dying.size() < DYING_MAX) {
            return true;
        }
        held.add(queue);
        return false;
    }

    boolean waitsForRoom(QueueState queue) {
        return held.contains(queue);
    }

    /// Takes an entry that is ready, or that was taken, out of its queue for `reason`.
    void add(QueueState queue, long entry, DeathHistory.Cause reason, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level.warm(number);
        int index = Level.index(number);
        if (page.state(index) == Page.READY) {
            queue.bytes(-page.size(index));
        }
        level.state(number, Page.DYING);
        if (queue.spec().deadLetterExchange() == null) {
            queue.countDropped();
            leave(queue, entry, decision);
        } else {
            dying.add(new Dying(queue, entry, new Errand.Death(reason)));
        }
    }

    /// Sends a message on that was withdrawn.
    void send(QueueState queue, long entry, Sending sending) {
        queue.level(Entries.level(entry)).state(Entries.number(entry), Page.DYING);
        sending.expect();
        dying.add(new Dying(queue, entry, new Errand.OnItsWay(sending)));
    }

    private void leave(QueueState queue, long entry, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level.warm(number);
        int index = Level.index(number);
        long position = page.position(index);
        if (position < 0) {
            decision.volatileStore().release(position, page.size(index));
            level.remove(number);
        } else {
            level.state(number, Page.LEAVING);
            queue.leaving().add(entry);
            settled.add(queue);
        }
    }

    /// A publish that a full queue refused goes to its dead letters. It was never in the queue, so
    /// nothing is logged here.
    void refused(QueueState queue, Message message, Decision decision) {
        if (queue.spec().deadLetterExchange() == null) {
            return;
        }
        Routed routed =
                route(
                        queue,
                        DeathHistory.Cause.MAXLEN,
                        message.exchange(),
                        message.routingKey(),
                        message.properties().duplicate(),
                        message.body(),
                        0,
                        decision.now());
        if (routed != null) {
            send(queue.host(), routed, message.persistent(), decision);
        }
    }

    /// The queues whose settled entries have to be flushed, once.
    List<QueueState> takeSettled() {
        if (settled.isEmpty()) {
            return List.of();
        }
        List<QueueState> taken = new ArrayList<>(settled);
        settled.clear();
        return taken;
    }

    void forget(QueueState queue, Decision decision) {
        for (Dying one : dying) {
            if (one.queue() == queue && one.errand() instanceof Errand.OnItsWay(Sending sending)) {
                sending.lookedAt(decision);
            }
        }
        dying.removeIf(one -> one.queue() == queue);
        settled.remove(queue);
        held.remove(queue);
    }

    /// Moves on what can be moved; returns whether anything was done.
    boolean run(Decision decision) {
        boolean worked = false;
        for (int n = 0; n < BATCH && !dying.isEmpty(); n++) {
            if (queues.outbox().size() >= Outbox.ITEMS_MAX || !bury(dying.getFirst(), decision)) {
                break;
            }
            dying.removeFirst();
            worked = true;
        }
        if (dying.size() <= DYING_MAX / 2 && !held.isEmpty()) {
            held.forEach(touched);
            held.clear();
        }
        boolean sent = sendMoves(decision);
        return worked || sent;
    }

    /// Returns false when the message has to be read first.
    private boolean bury(Dying one, Decision decision) {
        QueueState queue = one.queue();
        Level level = queue.level(Entries.level(one.entry()));
        long number = Entries.number(one.entry());
        Page page = level.warm(number);
        int index = Level.index(number);
        long position = page.position(index);
        ByteBuffer payload = bodies.get(decision, position, page.size(index) + 65536);
        if (payload == null) {
            if (!bodies.damaged(position)) {
                return false;
            }
            level.state(number, Page.DAMAGED);
            host.onDamaged(queue.name(), position);
            if (one.errand() instanceof Errand.OnItsWay(Sending sending)) {
                sending.lookedAt(decision);
            }
            return true;
        }
        Delivery view = new Delivery().show(payload, Records.messageStart(payload));
        switch (one.errand()) {
            case Errand.Death(DeathHistory.Cause reason) -> {
                queue.countDeadLettered();
                Routed routed =
                        route(
                                queue,
                                reason,
                                view.exchange(),
                                view.routingKey(),
                                view.properties(),
                                view.body(),
                                page.failures(index)
                                        + (reason == DeathHistory.Cause.DELIVERY_LIMIT ? 1 : 0),
                                decision.now());
                if (routed == null) {
                    leave(queue, one.entry(), decision);
                } else {
                    depart(one, position, routed, decision);
                }
            }
            case Errand.OnItsWay(Sending sending) -> {
                long due = due(one.entry(), page, index, sending.way());
                Routed routed = onward(queue, sending.way(), view, due);
                if (routed == null) {
                    restore(queue, one.entry(), decision);
                    sending.leadsNowhere(decision);
                } else {
                    depart(one, position, routed, decision);
                    sending.sent(decision);
                }
            }
        }
        touched.accept(queue);
        return true;
    }

    private void depart(Dying one, long position, Routed routed, Decision decision) {
        if (position < 0) {
            send(one.queue().host(), routed, false, decision);
            leave(one.queue(), one.entry(), decision);
        } else {
            move(one.queue(), one.entry(), position, routed, decision);
        }
    }

    /// When a message that somebody sends on may be delivered where it goes, 0: at once. An entry
    /// of a schedule expires when it is due; one that goes back has a new life, without its rest.
    private static long due(long entry, Page page, int index, QueueCommand.Way way) {
        if (Entries.level(entry) == Schedule.LEVEL) {
            return page.expiry(index);
        }
        return way instanceof QueueCommand.Way.To ? page.rest(index) : 0;
    }

    /// Where a message that somebody sends on goes; null if nowhere.
    private @Nullable Routed onward(
            QueueState queue, QueueCommand.Way way, Delivery view, long due) {
        Properties properties = Properties.read(view.properties());
        FieldTable headers = properties.headers();
        String exchange;
        String key;
        switch (way) {
            case QueueCommand.Way.To to -> {
                exchange = to.exchange();
                key = to.routingKey();
            }
            case QueueCommand.Way.Back back -> {
                String home = DeathHistory.lastQueue(headers);
                if (home == null) {
                    return null;
                }
                exchange = "";
                key = home;
                // A new life: what failed before does not count against it.
                if (headers != null && headers.get("x-delivery-count") != null) {
                    headers = headers.with().remove("x-delivery-count").build();
                    properties = properties.withHeaders(headers);
                }
            }
        }
        Map<Integer, List<Long>> found = new LinkedHashMap<>();
        for (QueueHost.Destination one :
                host.route(queue.host(), exchange, List.of(key), headers)) {
            found.computeIfAbsent(one.shard(), shard -> new ArrayList<>()).add(one.queue());
        }
        return found.isEmpty()
                ? null
                : new Routed(exchange, key, properties.encoded(), view.body(), due, true, found);
    }

    /// A message that was withdrawn stays after all.
    private void restore(QueueState queue, long entry, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level.warm(number);
        int index = Level.index(number);
        level.state(number, Page.READY);
        if (Entries.level(entry) == Schedule.LEVEL) {
            queue.schedule().added(number, page.expiry(index), decision.now());
        } else if (page.rest(index) > decision.now() && queue.groups() == null) {
            level.state(number, Page.RESTING);
            queue.rests(page.rest(index), entry);
        } else {
            queue.bytes(page.size(index));
        }
        touched.accept(queue);
    }

    private @Nullable Routed route(
            QueueState queue,
            DeathHistory.Cause reason,
            String exchange,
            String key,
            ByteBuffer list,
            ByteBuffer body,
            int failures,
            long now) {
        Properties properties = Properties.read(list);
        FieldTable before = properties.headers();
        String target = queue.spec().deadLetterExchange();
        if (target == null || DeathHistory.deaths(before) >= Limits.DEAD_LETTER_HOPS) {
            queue.countDropped();
            return null;
        }
        List<String> keys = new ArrayList<>();
        keys.add(key);
        addCarbonCopies(before, keys);
        var death = new DeathHistory.Death(queue.name(), reason, exchange, keys, now / 1000);
        String newKey = queue.spec().deadLetterKey();
        Properties after = DeathHistory.add(properties, death, failures, newKey != null);
        List<String> routeKeys = newKey != null ? List.of(newKey) : keys;
        Map<Integer, List<Long>> found = new LinkedHashMap<>();
        boolean automatic = reason != DeathHistory.Cause.REJECTED;
        for (QueueHost.Destination destination :
                host.route(queue.host(), target, routeKeys, after.headers())) {
            if (!automatic || !DeathHistory.closesCycle(after.headers(), destination.name())) {
                found.computeIfAbsent(destination.shard(), shard -> new ArrayList<>())
                        .add(destination.queue());
            }
        }
        if (found.isEmpty()) {
            queue.countDropped();
            return null;
        }
        return new Routed(target, routeKeys.getFirst(), after.encoded(), body, 0, false, found);
    }

    private static void addCarbonCopies(@Nullable FieldTable headers, List<String> keys) {
        if (headers != null && headers.get("CC") instanceof FieldValue.Array array) {
            for (FieldValue value : array.values()) {
                String text = value.asText();
                if (text != null) {
                    keys.add(text);
                }
            }
        }
    }

    private void send(String from, Routed routed, boolean persistent, Decision decision) {
        Message message =
                message(
                        routed.exchange(),
                        routed.key(),
                        persistent,
                        routed.due(),
                        routed.properties(),
                        routed.body());
        routed.queues()
                .forEach((shard, ids) -> {
                    if (shard == QueueHost.TOPICS) {
                        host.toTopics(from, 0, message);
                    } else {
                        decision.send(
                                shard,
                                new QueueCommand.Accept(0, 0, routed.always(), ids, message));
                    }
                });
    }

    private static Message message(
            String exchange,
            String key,
            boolean persistent,
            long due,
            ByteBuffer properties,
            ByteBuffer body) {
        int priority = Math.max(0, Properties.priority(properties));
        long ttl = Records.ttl(properties);
        return new Message(exchange, key, persistent, priority, ttl, due, null, properties, body);
    }

    private void move(
            QueueState queue, long entry, long position, Routed routed, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        int size = level.warm(Entries.number(entry)).size(Level.index(Entries.number(entry)));
        String exchange = routed.exchange();
        String key = routed.key();
        boolean toTopics = routed.queues().containsKey(QueueHost.TOPICS);
        ByteBuffer terms =
                new Terms(routed.due(), routed.always(), toTopics ? queue.host() : "").encoded();
        ByteBuffer head =
                ByteBuffer.allocate(Records.messageSize(exchange, key, routed.properties(), terms));
        Records.putMessage(head, exchange, key, routed.properties(), terms);
        List<Move> moves = new ArrayList<>();
        Item item = new Item(position, size, head.array());
        routed.queues()
                .forEach((shard, ids) ->
                        moves.add(new Move(shard, queues.outbox().nextMove(shard), ids, item)));
        ByteBuffer out = decision.append(Records.MOVE, 16 + Outbox.encodedSize(moves, item.head()));
        out.putLong(queue.id()).putLong(entry);
        Outbox.encode(out, position, size, item.head(), moves);
        decision.apply();
        announceMoves(decision);
    }

    /// When what has been logged so far is durable, the moves in it may be sent.
    private void announceMoves(Decision decision) {
        Map<Integer, Long> newest = queues.outbox().last();
        decision.promise(() -> {
            durable = newest;
            wakeToSend = true;
        });
    }

    private boolean sendMoves(Decision decision) {
        boolean worked = false;
        if (!wakeToSend) {
            return false;
        }
        for (int n = 0; n < BATCH; n++) {
            Move next = queues.outbox().unsent(durable);
            if (next == null) {
                wakeToSend = false;
                return worked;
            }
            Item item = next.item();
            ByteBuffer payload = moving.get(decision, item.position(), item.size() + 65536);
            if (payload == null) {
                if (!moving.damaged(item.position())) {
                    return worked;
                }
                host.onDamaged("(dead letters)", item.position());
                // Its number has to arrive all the same, for those behind it to be counted.
                if (next.shard() == QueueHost.TOPICS) {
                    host.toTopics("", next.move(), null);
                } else {
                    Message nothing =
                            message(
                                    "",
                                    "",
                                    true,
                                    0,
                                    Properties.NONE.encoded(),
                                    ByteBuffer.allocate(0));
                    decision.send(
                            next.shard(),
                            new QueueCommand.Accept(
                                    host.shard(), next.move(), false, List.of(), nothing));
                }
                queues.outbox().sent(next);
                continue;
            }
            Delivery original = new Delivery().show(payload, Records.messageStart(payload));
            Delivery head = new Delivery().show(ByteBuffer.wrap(item.head()), 0);
            Terms terms = Terms.read(head.body());
            Message message =
                    message(
                            head.exchange(),
                            head.routingKey(),
                            true,
                            terms.due(),
                            head.properties(),
                            original.body());
            if (next.shard() == QueueHost.TOPICS) {
                host.toTopics(terms.host(), next.move(), message);
            } else {
                decision.send(
                        next.shard(),
                        new QueueCommand.Accept(
                                host.shard(), next.move(), terms.always(), next.queues(), message));
            }
            queues.outbox().sent(next);
            worked = true;
        }
        return true;
    }

    void onAccepted(QueueCommand.Accepted accepted, Decision decision) {
        if (queues.outbox().waitsFor(accepted.by(), accepted.move())) {
            ByteBuffer out = decision.append(Records.MOVED, 10);
            out.putShort((short) accepted.by()).putLong(accepted.move());
            decision.apply();
        }
    }

    /// After a restart everything in the outbox is durable and is sent again.
    void onServing() {
        durable = queues.outbox().last();
        wakeToSend = true;
    }

    void onRead(long position, Log.@Nullable Block block) {
        bodies.onRead(position, block);
        moving.onRead(position, block);
    }
}
