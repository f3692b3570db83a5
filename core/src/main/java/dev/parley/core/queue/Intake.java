package dev.parley.core.queue;

import dev.parley.api.Reason;
import dev.parley.core.queue.Recall.Mark;
import dev.parley.core.queue.Records.Origin;
import dev.parley.core.queue.Records.Targets;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes messages into queues, or refuses them, and keeps account of what publishers are promised.
final class Intake {
    /// Queues that one record puts a message into; of more, each has its own copy.
    private static final int TARGETS_MAX = 50_000;

    private final Queues queues;
    private final QueueHost host;
    private final Dispatch dispatch;
    private final DeadLetters deadLetters;
    private final Consumer<QueueState> touched;
    private final List<Acceptance> acceptances = new ArrayList<>();
    private @Nullable Acceptance newest;

    /// What the publish that is decided puts into its record; used for one at a time.
    private final Targets logged = new Targets();

    Intake(
            Queues queues,
            QueueHost host,
            Dispatch dispatch,
            DeadLetters deadLetters,
            Consumer<QueueState> touched) {
        this.queues = queues;
        this.host = host;
        this.dispatch = dispatch;
        this.deadLetters = deadLetters;
        this.touched = touched;
    }

    /// A promise to a publisher, for a run of its tokens.
    private static final class Acceptance implements Promise {
        private final QueueClient client;
        private final long from;
        private long to;
        private boolean durable;

        Acceptance(QueueClient client, long token, boolean durable) {
            this.client = client;
            this.from = token;
            this.to = token;
            this.durable = durable;
        }

        @Override
        public void keep() {
            client.onAccepted(from, to);
        }
    }

    void publish(QueueCommand.Publish publish, Decision decision) {
        List<Long> ids = publish.queues();
        Message message = publish.message();
        logged.clear();
        boolean refused = false;
        boolean durable = false;
        Mark mark = mark(message, ids, decision.now());
        for (int i = 0; i < ids.size(); i++) {
            QueueState queue = queues.get(ids.get(i));
            if (queue == null) {
                continue;
            }
            if (isRepeated(queue, mark)) {
                // The first one may still be on its way to the disk.
                durable = true;
                continue;
            }
            if (!admits(queue, message, publish.client().waitsForRoom(), decision)) {
                refused = true;
                if (queue.spec().overflow() == Overflow.REJECT_PUBLISH_DEAD_LETTER) {
                    deadLetters.refused(queue, message, decision);
                }
                continue;
            }
            put(queue, message, mark, decision);
        }
        if (logged.size() > 0) {
            durable = true;
            enqueue(message, null, mark, decision);
        }
        holdBack(publish.client(), ids);
        if (publish.token() != 0) {
            if (refused) {
                QueueClient client = publish.client();
                client.onRefused(
                        publish.token(), new Reason.Full("a queue is at its length limit"));
            } else {
                accept(publish.client(), publish.token(), durable);
            }
        }
    }

    private static boolean isRepeated(QueueState queue, @Nullable Mark mark) {
        Deduplication rule = queue.spec().deduplication();
        return mark != null && (queue.recall().has(mark, rule) || queue.passing().has(mark, rule));
    }

    /// What the message is remembered by, if any of these queues remembers it.
    private @Nullable Mark mark(Message message, List<Long> ids, long now) {
        Once once = message.once();
        if (once == null) {
            return null;
        }
        boolean wanted = once instanceof Once.Numbered;
        for (int i = 0; i < ids.size() && !wanted; i++) {
            QueueState queue = queues.get(ids.get(i));
            wanted = queue != null && queue.spec().deduplication().names() > 0;
        }
        return wanted ? Mark.of(once, now) : null;
    }

    /// Takes a message whatever the queue's bounds.
    void replace(QueueState queue, Message message, Decision decision) {
        logged.clear();
        put(queue, message, null, decision);
        if (logged.size() > 0) {
            enqueue(message, null, null, decision);
        }
    }

    /// Gives a message its place in a queue: at once, or by the record whose targets are `logged`.
    /// Returns the entry that it becomes.
    private long put(QueueState queue, Message message, @Nullable Mark mark, Decision decision) {
        long entry;
        long expiry;
        if (message.dueMillis() > decision.now()) {
            entry = Entries.entry(Schedule.LEVEL, queue.schedule().level().end());
            expiry = message.dueMillis();
        } else {
            int level = queue.levelOf(message.priority());
            entry = Entries.entry(level, queue.level(level).end());
            expiry = queue.expiry(message.ttlMillis(), decision.now());
        }
        if (message.persistent() && queue.spec().durable()) {
            logged.add(queue.id(), entry, expiry);
        } else {
            keepVolatile(queue, entry, expiry, message, mark, decision);
        }
        touched.accept(queue);
        return entry;
    }

    private void holdBack(QueueClient client, List<Long> ids) {
        if (!client.waitsForRoom()) {
            return;
        }
        for (int i = 0; i < ids.size(); i++) {
            QueueState queue = queues.get(ids.get(i));
            if (queue != null
                    && queue.spec().overflow() == Overflow.BLOCK
                    && queue.full()
                    && queue.hold(client)) {
                client.onFull(queue.id(), queue.name());
            }
        }
    }

    /// @param waits whether its publisher stops when he hears that the queue is full
    private boolean admits(QueueState queue, Message message, boolean waits, Decision decision) {
        if (fits(queue, message, waits)) {
            return true;
        }
        // What was published earlier in this turn may be on its way out already.
        touched.accept(queue);
        dispatch.run(queue, decision);
        return fits(queue, message, waits);
    }

    private static boolean fits(QueueState queue, Message message, boolean waits) {
        return switch (queue.spec().overflow()) {
            case DROP_HEAD -> true;
            case BLOCK -> waits || !queue.full();
            case REJECT_PUBLISH, REJECT_PUBLISH_DEAD_LETTER -> !wouldOverflow(queue, message);
        };
    }

    /// Whether what finds no room in the queue is dead-lettered.
    private static boolean passesOn(QueueSpec spec) {
        return spec.overflow() == Overflow.REJECT_PUBLISH_DEAD_LETTER
                && spec.deadLetterExchange() != null;
    }

    private static boolean wouldOverflow(QueueState queue, Message message) {
        QueueSpec spec = queue.spec();
        return (spec.lengthMax() != QueueSpec.NONE && queue.ready() + 1 > spec.lengthMax())
                || (spec.bytesMax() != QueueSpec.NONE
                        && queue.bytes() + message.body().remaining() > spec.bytesMax());
    }

    private void enqueue(
            Message message, @Nullable Origin origin, @Nullable Mark mark, Decision decision) {
        int size = logged.size();
        for (int from = TARGETS_MAX; from < size; from += TARGETS_MAX) {
            int to = Math.min(size, from + TARGETS_MAX);
            enqueue(message, null, mark, from, to, decision);
        }
        enqueue(message, origin, mark, 0, Math.min(size, TARGETS_MAX), decision);
    }

    private void enqueue(
            Message message,
            @Nullable Origin origin,
            @Nullable Mark mark,
            int from,
            int to,
            Decision decision) {
        String exchange = message.exchange();
        String key = message.routingKey();
        int head = Records.headSize(origin, mark, to - from);
        int size = head + Records.messageSize(exchange, key, message.properties(), message.body());
        ByteBuffer out = decision.append(Records.ENQUEUE, size);
        Records.putHead(out, origin, mark, logged, from, to);
        Records.putMessage(out, exchange, key, message.properties(), message.body());
        decision.apply();
        if (message.dueMillis() > decision.now()) {
            for (int i = from; i < to; i++) {
                scheduled(logged.queue(i), logged.entry(i), logged.expiry(i), decision);
            }
        }
    }

    private void scheduled(long queue, long entry, long due, Decision decision) {
        QueueState found = queues.get(queue);
        if (found != null && Entries.level(entry) == Schedule.LEVEL) {
            found.schedule().added(Entries.number(entry), due, decision.now());
        }
    }

    private void keepVolatile(
            QueueState queue,
            long entry,
            long expiry,
            Message message,
            @Nullable Mark mark,
            Decision decision) {
        String exchange = message.exchange();
        String key = message.routingKey();
        ByteBuffer body = message.body();
        int head = Records.headSize(null, null, 0);
        int size = head + Records.messageSize(exchange, key, message.properties(), body);
        ByteBuffer out = decision.volatileStore().append(size);
        Records.putHead(out, null, null, logged, 0, 0);
        Records.putMessage(out, exchange, key, message.properties(), body);
        long position = decision.volatileStore().position();
        if (mark != null) {
            queue.passing().add(mark, queue.spec().deduplication());
        }
        long number = Entries.number(entry);
        if (Entries.level(entry) == Schedule.LEVEL) {
            boolean ownExpiry = message.ttlMillis() >= 0;
            int priority = message.priority();
            queues.schedule(
                    queue, number, expiry, position, body.remaining(), 0, priority, ownExpiry);
            scheduled(queue.id(), entry, expiry, decision);
        } else {
            int level = Entries.level(entry);
            queues.enqueue(queue, level, number, expiry, position, body.remaining(), 0);
        }
    }

    private void accept(QueueClient client, long token, boolean durable) {
        Acceptance last = newest;
        if (last != null && last.client == client && last.to + 1 == token) {
            last.to = token;
            last.durable |= durable;
            return;
        }
        Acceptance acceptance = new Acceptance(client, token, durable);
        acceptances.add(acceptance);
        newest = acceptance;
    }

    /// Takes a message that another shard moves here, once.
    void accept(QueueCommand.Accept accept, Decision decision) {
        if (accept.move() != 0 && accept.move() <= queues.acceptedFrom(accept.from())) {
            acceptedMove(accept, decision);
            return;
        }
        Message message = accept.message();
        logged.clear();
        Targets passing = new Targets();
        for (long id : accept.queues()) {
            QueueState queue = queues.get(id);
            if (queue == null) {
                continue;
            }
            // What is due later takes its place when it is.
            boolean later = message.dueMillis() > decision.now();
            if (later || accept.always() || admits(queue, message, true, decision)) {
                put(queue, message, null, decision);
            } else if (passesOn(queue.spec())) {
                passing.add(id, put(queue, message, null, decision), 0);
            } else {
                queue.countDropped();
            }
        }
        if (accept.move() != 0 || logged.size() > 0) {
            Origin origin = accept.move() == 0 ? null : new Origin(accept.from(), accept.move());
            enqueue(message, origin, null, decision);
        }
        // There was no room, but nobody waits to be told so: it came in only to go on safely.
        for (int i = 0; i < passing.size(); i++) {
            QueueState queue = queues.get(passing.queue(i));
            if (queue != null) {
                deadLetters.add(queue, passing.entry(i), DeathHistory.Cause.MAXLEN, decision);
            }
        }
        if (accept.move() != 0) {
            acceptedMove(accept, decision);
        }
    }

    private void acceptedMove(QueueCommand.Accept accept, Decision decision) {
        QueueCommand.Accepted answer = new QueueCommand.Accepted(host.shard(), accept.move());
        decision.promise(() -> decision.send(accept.from(), answer));
    }

    /// Promises what this turn has taken; what needs no disk is answered at once.
    void answer(Decision decision) {
        for (int i = 0; i < acceptances.size(); i++) {
            Acceptance acceptance = acceptances.get(i);
            if (acceptance.durable) {
                decision.promise(acceptance);
            } else {
                acceptance.keep();
            }
        }
        acceptances.clear();
        newest = null;
    }
}
