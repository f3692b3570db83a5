package dev.parley.core.queue;

import dev.parley.api.Reason;
import dev.parley.core.log.Log;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.Records.Origin;
import dev.parley.core.queue.Records.Target;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The queues of one shard.
///
/// What survives a restart is in [Queues] and changes by records only. Consumers, deliveries in
/// flight and transient queues belong to the present owner. Deliveries go out at the end of each
/// turn, so that a batch of publishes meets a batch of credit, and what was settled in a turn is
/// one record per queue.
public final class QueueMachine implements Machine {
    /// Turns of the wheel that a queue may ask for.
    private static final int EXPIRE_HEAD = 0;

    private static final int EXPIRE_QUEUE = 1;

    private final Decision decision;
    private final QueueHost host;
    private final Queues queues;
    private final Dispatch dispatch;
    private final DeadLetters deadLetters;
    private final Cooling cooling;
    private final Peeks peeks = new Peeks();
    private final ArrayDeque<QueueState> dirty = new ArrayDeque<>();
    private final List<Acceptance> acceptances = new ArrayList<>();
    private @Nullable Acceptance newest;

    /// @param decision the shard's side; not used before [#onServing] or [#decide]
    public QueueMachine(Decision decision, QueueHost host) {
        this.decision = decision;
        this.host = host;
        this.queues = new Queues(position -> position < 0 ? 0 : decision.segment(position));
        this.deadLetters = new DeadLetters(queues, host, this::touched);
        this.dispatch = new Dispatch(deadLetters, host);
        this.cooling = new Cooling(queues, host);
    }

    /// A promise to a publisher, for a run of its tokens.
    private static final class Acceptance {
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

        void keep() {
            client.onAccepted(from, to);
        }
    }

    @Override
    public void decide(Command command, Decision decision) {
        switch ((QueueCommand) command) {
            case QueueCommand.Publish publish -> publish(publish, decision);
            case QueueCommand.Settle settle -> settle(settle, decision);
            case QueueCommand.Resume resume -> resume(resume);
            case QueueCommand.Create create -> create(create, decision);
            case QueueCommand.Subscribe subscribe -> subscribe(subscribe, decision);
            case QueueCommand.Cancel cancel -> cancel(cancel, decision);
            case QueueCommand.Adjust adjust -> adjust(adjust);
            case QueueCommand.Get get -> get(get, decision);
            case QueueCommand.Purge purge -> purge(purge, decision);
            case QueueCommand.Delete delete -> delete(delete, decision);
            case QueueCommand.Touch touch -> touch(touch, decision);
            case QueueCommand.Inspect inspect -> inspect(inspect, decision);
            case QueueCommand.Peek peek -> peek(peek);
            case QueueCommand.Retain retain -> retain(retain, decision);
            case QueueCommand.Rest rest -> rest(decision);
            case QueueCommand.Accept accept -> accept(accept, decision);
            case QueueCommand.Accepted accepted -> deadLetters.onAccepted(accepted, decision);
        }
    }

    // ---- declaring

    private void create(QueueCommand.Create create, Decision decision) {
        QueueState queue = queues.get(create.queue());
        if (queue == null) {
            if (create.spec().durable()) {
                Records.create(decision, create);
            } else {
                queues.add(create);
            }
            queue = known(create.queue());
        }
        queue.usedAt(decision.now());
        setExpiry(queue, decision);
    }

    private void setExpiry(QueueState queue, Decision decision) {
        if (queue.spec().expiresMillis() != QueueSpec.NONE) {
            decision.timer(
                    timer(queue, EXPIRE_QUEUE), queue.lastUsed() + queue.spec().expiresMillis());
        }
    }

    private static long timer(QueueState queue, int kind) {
        return queue.id() << 1 | kind;
    }

    private void touch(QueueCommand.Touch touch, Decision decision) {
        QueueState queue = queues.get(touch.queue());
        if (queue == null) {
            refuse(touch.client(), touch.token(), missing(), decision);
            return;
        }
        queue.usedAt(decision.now());
        reply(touch.client(), touch.token(), counts(queue), decision);
    }

    private void retain(QueueCommand.Retain retain, Decision decision) {
        Set<Long> known = new HashSet<>(retain.queues());
        for (QueueState queue : new ArrayList<>(queues.all())) {
            if (!known.contains(queue.id())) {
                drop(queue, decision);
            }
        }
    }

    private void delete(QueueCommand.Delete delete, Decision decision) {
        QueueState queue = queues.get(delete.queue());
        if (queue == null) {
            refuse(delete.client(), delete.token(), missing(), decision);
            return;
        }
        if (delete.ifUnused() && queue.line().size() + queue.joining().size() > 0) {
            Reason inUse = new Reason.Precondition(named(queue) + " in use");
            refuse(delete.client(), delete.token(), inUse, decision);
        } else if (delete.ifEmpty() && queue.ready() > 0) {
            Reason notEmpty = new Reason.Precondition(named(queue) + " is not empty");
            refuse(delete.client(), delete.token(), notEmpty, decision);
        } else {
            QueueReply done = counts(queue);
            drop(queue, decision);
            reply(delete.client(), delete.token(), done, decision);
        }
    }

    private void drop(QueueState queue, Decision decision) {
        for (QueueConsumer consumer : queue.line().all()) {
            queue.line().remove(consumer.id());
            consumer.client().onCancelled(consumer.id());
        }
        for (QueueCommand.Get get : queue.gets()) {
            refuse(get.client(), get.token(), missing(), decision);
        }
        decision.cancelTimer(timer(queue, EXPIRE_HEAD));
        decision.cancelTimer(timer(queue, EXPIRE_QUEUE));
        deadLetters.forget(queue);
        releaseVolatile(queue, decision);
        if (queue.spec().durable()) {
            decision.append(Records.DROP, 8).putLong(queue.id());
            decision.apply();
        } else {
            queues.removeTransient(queue.id());
        }
    }

    private static void releaseVolatile(QueueState queue, Decision decision) {
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            if (level != null) {
                level.eachPage((number, page) -> page.eachVolatile(decision.volatileStore()));
            }
        }
    }

    /// The queue ends by itself.
    private void end(QueueState queue, Decision decision) {
        drop(queue, decision);
        decision.promise(() -> host.onGone(queue.id()));
    }

    // ---- publishing

    private void publish(QueueCommand.Publish publish, Decision decision) {
        List<Long> ids = publish.queues();
        Message message = publish.message();
        List<Target> logged = new ArrayList<>(ids.size());
        boolean refused = false;
        for (long id : ids) {
            QueueState queue = queues.get(id);
            if (queue == null) {
                continue;
            }
            if (!admits(queue, message, decision)) {
                refused = true;
                if (queue.spec().overflow() == Overflow.REJECT_PUBLISH_DEAD_LETTER) {
                    deadLetters.refused(queue, message, decision);
                }
                continue;
            }
            if (message.persistent() && queue.spec().durable()) {
                logged.add(target(queue, message, decision.now()));
            } else {
                keepVolatile(queue, message, decision);
            }
            touched(queue);
        }
        if (!logged.isEmpty()) {
            enqueue(message, null, logged, decision);
        }
        if (publish.token() != 0) {
            if (refused) {
                QueueClient client = publish.client();
                client.onRefused(
                        publish.token(), new Reason.Full("a queue is at its length limit"));
            } else {
                accept(publish.client(), publish.token(), !logged.isEmpty());
            }
        }
    }

    private boolean admits(QueueState queue, Message message, Decision decision) {
        QueueSpec spec = queue.spec();
        if (spec.overflow() == Overflow.DROP_HEAD || !wouldOverflow(queue, message)) {
            return true;
        }
        // What was published earlier in this turn may be on its way out already.
        touched(queue);
        dispatch.run(queue, decision);
        return !wouldOverflow(queue, message);
    }

    private static boolean wouldOverflow(QueueState queue, Message message) {
        QueueSpec spec = queue.spec();
        return (spec.lengthMax() != QueueSpec.NONE && queue.ready() + 1 > spec.lengthMax())
                || (spec.bytesMax() != QueueSpec.NONE
                        && queue.bytes() + message.body().remaining() > spec.bytesMax());
    }

    private static Target target(QueueState queue, Message message, long now) {
        int level = queue.levelOf(message.priority());
        return new Target(queue.id(), level, queue.level(level).end(), expiry(queue, message, now));
    }

    private static long expiry(QueueState queue, Message message, long now) {
        long ttl = queue.spec().ttlMillis();
        if (message.ttlMillis() >= 0) {
            ttl = ttl == QueueSpec.NONE ? message.ttlMillis() : Math.min(ttl, message.ttlMillis());
        }
        return ttl == QueueSpec.NONE ? 0 : Math.max(1, now + ttl);
    }

    private static void enqueue(
            Message message, @Nullable Origin origin, List<Target> targets, Decision decision) {
        byte[] exchange = Records.utf8(message.exchange());
        byte[] key = Records.utf8(message.routingKey());
        int head = Records.headSize(origin, targets.size());
        int size = head + Records.messageSize(exchange, key, message.properties(), message.body());
        ByteBuffer out = decision.append(Records.ENQUEUE, size);
        Records.putHead(out, origin, targets);
        Records.putMessage(out, exchange, key, message.properties(), message.body());
        decision.apply();
    }

    private void keepVolatile(QueueState queue, Message message, Decision decision) {
        byte[] exchange = Records.utf8(message.exchange());
        byte[] key = Records.utf8(message.routingKey());
        int head = Records.headSize(null, 0);
        ByteBuffer out =
                decision.volatileStore()
                        .append(
                                head
                                        + Records.messageSize(
                                                exchange,
                                                key,
                                                message.properties(),
                                                message.body()));
        Records.putHead(out, null, List.of());
        Records.putMessage(out, exchange, key, message.properties(), message.body());
        Target target = target(queue, message, decision.now());
        queues.enqueue(target, decision.volatileStore().position(), message.body().remaining());
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

    private void accept(QueueCommand.Accept accept, Decision decision) {
        if (accept.move() != 0 && accept.move() <= queues.acceptedFrom(accept.from())) {
            acceptedMove(accept, decision);
            return;
        }
        Message message = accept.message();
        List<Target> logged = new ArrayList<>();
        for (long id : accept.queues()) {
            QueueState queue = queues.get(id);
            if (queue == null) {
                continue;
            }
            if (!admits(queue, message, decision)) {
                queue.countDropped();
                continue;
            }
            if (message.persistent() && queue.spec().durable()) {
                logged.add(target(queue, message, decision.now()));
            } else {
                keepVolatile(queue, message, decision);
            }
            touched(queue);
        }
        if (accept.move() != 0 || !logged.isEmpty()) {
            Origin origin = accept.move() == 0 ? null : new Origin(accept.from(), accept.move());
            enqueue(message, origin, logged, decision);
        }
        if (accept.move() != 0) {
            acceptedMove(accept, decision);
        }
    }

    private void acceptedMove(QueueCommand.Accept accept, Decision decision) {
        QueueCommand.Accepted answer = new QueueCommand.Accepted(host.shard(), accept.move());
        decision.promise(() -> decision.send(accept.from(), answer));
    }

    // ---- consuming

    private void subscribe(QueueCommand.Subscribe subscribe, Decision decision) {
        QueueState queue = queues.get(subscribe.queue());
        QueueClient client = subscribe.client();
        if (queue == null) {
            client.onReply(subscribe.token(), new QueueReply.Refused(missing()));
            return;
        }
        Line line = queue.line();
        boolean alone = line.size() == 0 && queue.joining().isEmpty();
        if (line.exclusive()
                || queue.joining().values().stream().anyMatch(QueueConsumer::exclusive)
                || (subscribe.exclusive() && !alone)) {
            String detail = named(queue) + " in exclusive use";
            client.onReply(subscribe.token(), new QueueReply.Refused(new Reason.Denied(detail)));
            return;
        }
        // Deliveries are announced first, so that the first message need not wait for it.
        dispatch.announceAhead(queue, decision);
        queue.joining().put(subscribe.consumer(), new QueueConsumer(subscribe));
        queue.usedAt(decision.now());
        decision.promise(() -> join(queue, subscribe));
    }

    private void join(QueueState queue, QueueCommand.Subscribe subscribe) {
        QueueConsumer consumer = queue.joining().remove(subscribe.consumer());
        if (consumer == null) {
            return;
        }
        if (queues.get(queue.id()) != queue) {
            QueueReply gone = new QueueReply.Refused(missing());
            subscribe.client().onReply(subscribe.token(), gone);
            return;
        }
        subscribe.client().onReply(subscribe.token(), counts(queue));
        queue.line().add(consumer);
        touched(queue);
    }

    private void cancel(QueueCommand.Cancel cancel, Decision decision) {
        QueueState queue = queues.get(cancel.queue());
        if (queue != null
                && (queue.joining().remove(cancel.consumer()) != null
                        || queue.line().remove(cancel.consumer()))) {
            queue.usedAt(decision.now());
            setExpiry(queue, decision);
            touched(queue);
            if (queue.spec().autoDelete()
                    && queue.line().size() == 0
                    && queue.joining().isEmpty()) {
                end(queue, decision);
            }
        }
        if (cancel.token() != 0) {
            int left = queue == null ? 0 : queue.line().size();
            cancel.client().onReply(cancel.token(), new QueueReply.Done(0, left));
        }
    }

    private void resume(QueueCommand.Resume resume) {
        QueueState queue = queues.get(resume.queue());
        QueueConsumer consumer = queue == null ? null : queue.line().get(resume.consumer());
        if (queue != null && consumer != null) {
            queue.line().join(consumer);
            touched(queue);
        }
    }

    private void adjust(QueueCommand.Adjust adjust) {
        QueueState queue = queues.get(adjust.queue());
        QueueConsumer consumer = queue == null ? null : queue.line().get(adjust.consumer());
        if (queue != null && consumer != null) {
            consumer.prefetch(adjust.prefetch());
            queue.line().join(consumer);
            touched(queue);
        }
    }

    private void get(QueueCommand.Get get, Decision decision) {
        QueueState queue = queues.get(get.queue());
        if (queue == null) {
            refuse(get.client(), get.token(), missing(), decision);
            return;
        }
        queue.usedAt(decision.now());
        queue.gets().add(get);
        touched(queue);
    }

    private void settle(QueueCommand.Settle settle, Decision decision) {
        QueueState queue = queues.get(settle.queue());
        if (queue == null) {
            return;
        }
        Entries entries = settle.entries();
        for (int i = 0; i < entries.size(); i++) {
            settleOne(queue, entries.get(i), settle.outcome(), decision);
        }
        QueueConsumer consumer = queue.line().get(settle.consumer());
        if (consumer != null) {
            consumer.gaveBack(entries.size());
            queue.line().join(consumer);
        }
        touched(queue);
    }

    private void settleOne(QueueState queue, long entry, Outcome outcome, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        if (!level.present(number) || level.warm(number).state(Level.index(number)) != Page.TAKEN) {
            return;
        }
        queue.taken(-1);
        switch (outcome) {
            case ACKNOWLEDGED -> {
                queue.countAcknowledged(1);
                dispatch.leave(queue, entry, decision);
            }
            case RETURNED -> dispatch.giveBack(queue, entry);
            case FAILED -> fail(queue, entry, decision);
            case REJECTED -> deadLetters.add(queue, entry, DeathReason.REJECTED, decision);
        }
    }

    private void fail(QueueState queue, long entry, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level.warm(number);
        int failures = page.failures(Level.index(number)) + 1;
        int limit = Math.min(queue.spec().deliveryLimit(), Page.FAILURES_MAX - 1);
        if (limit != QueueSpec.NONE && failures > limit) {
            deadLetters.add(queue, entry, DeathReason.DELIVERY_LIMIT, decision);
            return;
        }
        if (page.position(Level.index(number)) > 0) {
            ByteBuffer out = decision.append(Records.FAIL, 20);
            out.putLong(queue.id()).putLong(entry).putInt(failures);
            decision.apply();
        } else {
            page.failures(Level.index(number), failures);
        }
        dispatch.giveBack(queue, entry);
    }

    private void purge(QueueCommand.Purge purge, Decision decision) {
        QueueState queue = queues.get(purge.queue());
        if (queue == null) {
            refuse(purge.client(), purge.token(), missing(), decision);
            return;
        }
        dispatch.flush(queue, decision);
        long purged = queue.ready();
        Entries held = new Entries(16);
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            if (level != null) {
                level.collectHeld(i, held);
                level.eachPage((number, page) -> page.eachReadyVolatile(decision.volatileStore()));
            }
        }
        if (queue.spec().durable()) {
            Records.entries(decision, Records.PURGE, queue.id(), held);
        } else {
            ByteBuffer record = ByteBuffer.allocate(12 + held.size() * 8);
            record.putLong(queue.id()).putInt(held.size());
            for (int i = 0; i < held.size(); i++) {
                record.putLong(held.get(i));
            }
            queues.apply(Records.PURGE, 0, record.flip());
        }
        reply(
                purge.client(),
                purge.token(),
                new QueueReply.Done(purged, queue.line().size()),
                decision);
    }

    // ---- looking

    private void inspect(QueueCommand.Inspect inspect, Decision decision) {
        List<QueueStatus> statuses = new ArrayList<>();
        if (inspect.queue() == 0) {
            queues.all().forEach(queue -> statuses.add(queue.status()));
        } else {
            QueueState queue = queues.get(inspect.queue());
            if (queue != null) {
                statuses.add(queue.status());
            }
        }
        reply(inspect.client(), inspect.token(), new QueueReply.Statuses(statuses), decision);
    }

    private void peek(QueueCommand.Peek peek) {
        peeks.add(peek);
    }

    // ---- turns

    @Override
    public boolean onTurnEnd(Decision decision) {
        int round = dirty.size();
        for (int i = 0; i < round; i++) {
            QueueState queue = dirty.remove();
            queue.clean();
            if (queues.get(queue.id()) != queue) {
                continue;
            }
            if (dispatch.run(queue, decision)) {
                touched(queue);
            }
            dispatch.flush(queue, decision);
            setHeadTimer(queue, decision);
            if (cooling.run(queue, decision)) {
                touched(queue);
            }
        }
        boolean more = deadLetters.run(decision);
        more |= cooling.relocate(decision);
        more |= peeks.run(queues, decision);
        flushAll(decision);
        for (Acceptance acceptance : acceptances) {
            if (acceptance.durable) {
                decision.promise(acceptance::keep);
            } else {
                acceptance.keep();
            }
        }
        acceptances.clear();
        newest = null;
        return more || !dirty.isEmpty();
    }

    /// Dead-lettering may have settled entries of queues that are not dirty.
    private void flushAll(Decision decision) {
        for (QueueState queue : deadLetters.takeSettled()) {
            dispatch.flush(queue, decision);
        }
    }

    private void setHeadTimer(QueueState queue, Decision decision) {
        if (!queue.expiring()) {
            return;
        }
        long due = dispatch.headExpiry(queue);
        if (due == Long.MAX_VALUE || deadLetters.waitsForRoom(queue)) {
            decision.cancelTimer(timer(queue, EXPIRE_HEAD));
        } else {
            // What is due this very millisecond was left for somebody who still waits for it.
            decision.timer(timer(queue, EXPIRE_HEAD), Math.max(due, decision.now() + 1));
        }
    }

    @Override
    public void onTimer(long timer, Decision decision) {
        QueueState queue = queues.get(timer >> 1);
        if (queue == null) {
            return;
        }
        if ((timer & 1) == EXPIRE_HEAD) {
            touched(queue);
        } else if (queue.line().size() > 0 || !queue.joining().isEmpty()) {
            queue.usedAt(decision.now());
            setExpiry(queue, decision);
        } else if (decision.now() >= queue.lastUsed() + queue.spec().expiresMillis()) {
            end(queue, decision);
        } else {
            setExpiry(queue, decision);
        }
    }

    @Override
    public void onRead(long position, Log.@Nullable Block block, Decision decision) {
        dispatch.onRead(position, block).forEach(this::touched);
        deadLetters.onRead(position, block);
        cooling.onRead(position, block);
        peeks.onRead(position, block);
    }

    @Override
    public void onDurable(long position, Decision decision) {
        dispatch.takeAnnounced(position).forEach(this::touched);
    }

    @Override
    public void onSparse(long segment, Decision decision) {
        cooling.relocateFrom(segment);
    }

    @Override
    public void apply(int type, long position, ByteBuffer payload) {
        queues.apply(type, position, payload);
    }

    @Override
    public void onServing(Decision decision) {
        for (QueueState queue : queues.all()) {
            for (int i = 0; i < queue.levels(); i++) {
                Level level = queue.levelIfUsed(i);
                if (level != null) {
                    level.onServing();
                }
            }
            queue.usedAt(decision.now());
            setExpiry(queue, decision);
            touched(queue);
        }
        deadLetters.onServing();
    }

    /// A stop in good order: nobody has anything any more, so what was tried is known exactly.
    private void rest(Decision decision) {
        for (QueueState queue : queues.all()) {
            for (int i = 0; i < queue.levels(); i++) {
                Level level = queue.levelIfUsed(i);
                if (level != null && level.attempted() > 0 && queue.spec().durable()) {
                    level.markTried();
                    ByteBuffer out = decision.append(Records.ATTEMPT, 20);
                    out.putLong(queue.id()).putInt(i).putLong(0);
                    decision.apply();
                }
            }
        }
    }

    @Override
    public void save(SnapshotWriter out) {
        queues.save(out);
    }

    @Override
    public void restore(ByteBuffer in) {
        queues.restore(in);
    }

    private void touched(QueueState queue) {
        if (!queue.dirty()) {
            queue.dirtySince(decision.now());
            dirty.add(queue);
        }
    }

    QueueState known(long id) {
        QueueState queue = queues.get(id);
        if (queue == null) {
            throw new IllegalStateException("queue " + id + " was not created");
        }
        return queue;
    }

    private static Reason missing() {
        return new Reason.NotFound("the queue does not exist any more");
    }

    private static String named(QueueState queue) {
        return "queue '" + queue.name() + "' in vhost '" + queue.host() + "'";
    }

    private static QueueReply counts(QueueState queue) {
        return new QueueReply.Done(queue.ready(), queue.line().size());
    }

    private static void reply(
            @Nullable QueueClient client, long token, QueueReply reply, Decision decision) {
        if (client != null) {
            decision.promise(() -> client.onReply(token, reply));
        }
    }

    private static void refuse(
            @Nullable QueueClient client, long token, Reason reason, Decision decision) {
        reply(client, token, new QueueReply.Refused(reason), decision);
    }
}
