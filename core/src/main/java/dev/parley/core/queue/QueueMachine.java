package dev.parley.core.queue;

import dev.parley.api.Reason;
import dev.parley.core.log.Log;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
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

    /// Something scheduled, at rest or leased is due.
    private static final int DUE = 2;

    /// How long a message may outlive its time since the log takes long to announce its delivery.
    private static final long STALL_MILLIS = 1_000;

    private final Decision decision;
    private final QueueHost host;
    private final Queues queues;
    private final Dispatch dispatch;
    private final DeadLetters deadLetters;
    private final Cooling cooling;
    private final Intake intake;
    private final Settling settling;
    private final Peeks peeks = new Peeks();
    private final Edits edits;
    private final ArrayDeque<QueueState> dirty = new ArrayDeque<>();

    /// Those whose schedules wait for what is read.
    private final Set<QueueState> scheduling = new LinkedHashSet<>();

    /// @param decision the shard's side; not used before [#onServing] or [#decide]
    public QueueMachine(Decision decision, QueueHost host) {
        this.decision = decision;
        this.host = host;
        this.queues = new Queues(position -> position < 0 ? 0 : decision.segment(position));
        this.deadLetters = new DeadLetters(queues, host, this::touched);
        this.dispatch = new Dispatch(deadLetters, host);
        this.cooling = new Cooling(queues, host);
        this.intake = new Intake(queues, host, dispatch, deadLetters, this::touched);
        this.settling = new Settling(queues, dispatch, deadLetters, this::touched);
        this.edits = new Edits(queues, settling, dispatch, deadLetters, intake);
    }

    @Override
    public void decide(Command command, Decision decision) {
        switch ((QueueCommand) command) {
            case QueueCommand.Publish publish -> intake.publish(publish, decision);
            case QueueCommand.Settle settle -> settling.settle(settle, decision);
            case QueueCommand.Resume resume -> resume(resume, decision);
            case QueueCommand.Create create -> create(create, decision);
            case QueueCommand.Reshape reshape -> {
                QueueState queue = queues.get(reshape.queue());
                if (queue != null) {
                    reshape(queue, reshape.spec(), decision);
                }
            }
            case QueueCommand.Subscribe subscribe -> subscribe(subscribe, decision);
            case QueueCommand.Cancel cancel -> cancel(cancel, decision);
            case QueueCommand.Adjust adjust -> adjust(adjust);
            case QueueCommand.Get get -> get(get, decision);
            case QueueCommand.Purge purge -> purge(purge, decision);
            case QueueCommand.Delete delete -> delete(delete, decision);
            case QueueCommand.Touch touch -> touch(touch, decision);
            case QueueCommand.Inspect inspect -> inspect(inspect, decision);
            case QueueCommand.Peek peek -> peek(peek);
            case QueueCommand.Renew renew -> settling.renew(renew, decision);
            case QueueCommand.Pause pause -> pause(pause, decision);
            case QueueCommand.Edit edit -> edits.add(edit);
            case QueueCommand.Retain retain -> retain(retain, decision);
            case QueueCommand.Rest rest -> rest();
            case QueueCommand.Accept accept -> intake.accept(accept, decision);
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
        } else {
            reshape(queue, create.spec(), decision);
        }
        queue.usedAt(decision.now());
        setExpiry(queue, decision);
    }

    private void reshape(QueueState queue, QueueSpec asked, Decision decision) {
        QueueSpec before = queue.spec();
        QueueSpec spec = asked.onto(before);
        if (spec.equals(before)) {
            return;
        }
        if (before.durable()) {
            Records.create(
                    decision,
                    new QueueCommand.Create(queue.id(), queue.host(), queue.name(), spec));
        } else {
            queue.reshape(spec);
        }
        if (spec.expiresMillis() != before.expiresMillis()) {
            queue.usedAt(decision.now());
            decision.cancelTimer(timer(queue, EXPIRE_QUEUE));
            setExpiry(queue, decision);
        }
        touched(queue);
    }

    private void setExpiry(QueueState queue, Decision decision) {
        if (queue.spec().expiresMillis() != QueueSpec.NONE) {
            decision.timer(
                    timer(queue, EXPIRE_QUEUE), queue.lastUsed() + queue.spec().expiresMillis());
        }
    }

    private static long timer(QueueState queue, int kind) {
        return queue.id() << 2 | kind;
    }

    private void touch(QueueCommand.Touch touch, Decision decision) {
        QueueState queue = queues.get(touch.queue());
        if (queue != null) {
            queue.usedAt(decision.now());
            catchUp(queue, decision);
        }
        QueueReply answer = queue == null ? new QueueReply.Refused(missing()) : counts(queue);
        // That there is a queue is promised, not what is in it.
        decision.promise(queues.shapedAt(), () -> touch.client().onReply(touch.token(), answer));
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
        if (queue == null) { // it went by itself, and the catalog does not know yet
            reply(delete.client(), delete.token(), new QueueReply.Done(0, 0), decision);
            return;
        }
        catchUp(queue, decision);
        if (delete.ifUnused() && queue.line().size() > 0) {
            Reason inUse = new Reason.Precondition(named(queue) + " in use");
            refuse(delete.client(), delete.token(), inUse, decision);
        } else if (delete.ifEmpty() && !queue.empty()) {
            Reason notEmpty = new Reason.Precondition(named(queue) + " is not empty");
            refuse(delete.client(), delete.token(), notEmpty, decision);
        } else {
            QueueReply done = counts(queue);
            end(queue, decision);
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
        decision.cancelTimer(timer(queue, DUE));
        deadLetters.forget(queue, decision);
        dispatch.forget(queue);
        scheduling.remove(queue);
        queue.unblock();
        queue.messages().rest();
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
        Schedule schedule = queue.scheduleIfUsed();
        if (schedule != null) {
            schedule.level()
                    .eachPage((number, page) -> page.eachVolatile(decision.volatileStore()));
        }
    }

    /// The queue ends, and the catalog hears of it whatever becomes of who asked for it.
    private void end(QueueState queue, Decision decision) {
        drop(queue, decision);
        decision.promise(() -> host.onGone(queue.id()));
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
        if (line.exclusive() || (subscribe.exclusive() && line.size() > 0)) {
            String detail = named(queue) + " in exclusive use";
            client.onReply(subscribe.token(), new QueueReply.Refused(new Reason.Denied(detail)));
            return;
        }
        // Deliveries are announced now, so that the first message waits less for it.
        dispatch.announceAhead(queue, decision);
        queue.usedAt(decision.now());
        client.onReply(subscribe.token(), counts(queue));
        line.add(new QueueConsumer(subscribe, queue.spec().leaseMillis()));
        touched(queue);
    }

    private void cancel(QueueCommand.Cancel cancel, Decision decision) {
        QueueState queue = queues.get(cancel.queue());
        if (queue != null) {
            catchUp(queue, decision);
        }
        if (queue != null && queue.line().remove(cancel.consumer())) {
            queue.usedAt(decision.now());
            setExpiry(queue, decision);
            touched(queue);
            if (queue.spec().autoDelete() && queue.line().size() == 0) {
                end(queue, decision);
            }
        }
        if (cancel.token() != 0) {
            int left = queue == null ? 0 : queue.line().size();
            cancel.client().onReply(cancel.token(), new QueueReply.Done(0, left));
        }
    }

    /// Delivers at once: who is told first that there is room is to have it.
    private void resume(QueueCommand.Resume resume, Decision decision) {
        QueueState queue = queues.get(resume.queue());
        QueueConsumer consumer = queue == null ? null : queue.line().get(resume.consumer());
        if (queue != null && consumer != null) {
            consumer.resume();
            settling.hasRoom(queue, consumer);
            catchUp(queue, decision);
        }
    }

    private void adjust(QueueCommand.Adjust adjust) {
        QueueState queue = queues.get(adjust.queue());
        QueueConsumer consumer = queue == null ? null : queue.line().get(adjust.consumer());
        if (queue != null && consumer != null) {
            consumer.prefetch(adjust.prefetch());
            settling.hasRoom(queue, consumer);
        }
    }

    private void get(QueueCommand.Get get, Decision decision) {
        QueueState queue = queues.get(get.queue());
        if (queue == null) {
            refuse(get.client(), get.token(), missing(), decision);
            return;
        }
        queue.usedAt(decision.now());
        catchUp(queue, decision);
        queue.gets().add(get);
        touched(queue);
    }

    private void pause(QueueCommand.Pause pause, Decision decision) {
        QueueState queue = queues.get(pause.queue());
        if (queue == null) {
            refuse(pause.client(), pause.token(), missing(), decision);
            return;
        }
        if (queue.spec().durable()) {
            ByteBuffer out = decision.append(Records.PAUSE, 9);
            out.putLong(queue.id()).put((byte) (pause.paused() ? 1 : 0));
            decision.apply();
        } else {
            queue.paused(pause.paused());
        }
        touched(queue);
        reply(pause.client(), pause.token(), counts(queue), decision);
    }

    private void purge(QueueCommand.Purge purge, Decision decision) {
        QueueState queue = queues.get(purge.queue());
        if (queue == null) {
            refuse(purge.client(), purge.token(), missing(), decision);
            return;
        }
        catchUp(queue, decision);
        dispatch.flush(queue, decision);
        queue.releaseHeld();
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
            Records.purge(decision, queue, held);
        } else {
            ByteBuffer record = ByteBuffer.allocate(12 + held.size() * 8);
            record.putLong(queue.id()).putInt(held.size());
            for (int i = 0; i < held.size(); i++) {
                record.putLong(held.get(i));
            }
            queues.apply(Records.PURGE, 0, record.flip());
        }
        touched(queue);
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
            settling.endLeases(queue, decision);
            Schedule schedule = queue.scheduleIfUsed();
            boolean again = false;
            if (schedule != null) {
                again = schedule.run(queue, queues, host, decision);
                if (schedule.reading()) {
                    scheduling.add(queue);
                }
                dispatch.awaitReleased(queue, decision);
            }
            if (dispatch.run(queue, decision) || again) {
                touched(queue);
            }
            dispatch.flush(queue, decision);
            queue.unblockIfRoomy();
            setTimers(queue, decision);
            if (cooling.run(queue, decision)) {
                touched(queue);
            }
        }
        dispatch.boundAhead();
        boolean more = deadLetters.run(decision);
        more |= cooling.relocate(decision);
        more |= peeks.run(queues, decision);
        more |= edits.run(decision);
        flushAll(decision);
        intake.answer(decision);
        return more || !dirty.isEmpty();
    }

    /// Dead-lettering may have settled entries of queues that are not dirty.
    private void flushAll(Decision decision) {
        for (QueueState queue : deadLetters.takeSettled()) {
            dispatch.flush(queue, decision);
        }
    }

    private void setTimers(QueueState queue, Decision decision) {
        long next = queue.nextDue();
        if (next != queue.timerAt()) {
            queue.timerAt(next);
            if (next == Long.MAX_VALUE) {
                decision.cancelTimer(timer(queue, DUE));
            } else {
                decision.timer(timer(queue, DUE), next);
            }
        }
        if (!queue.expiring()) {
            return;
        }
        long due = dispatch.headExpiry(queue);
        if (due == Long.MAX_VALUE || deadLetters.waitsForRoom(queue)) {
            decision.cancelTimer(timer(queue, EXPIRE_HEAD));
        } else {
            // What is due this very millisecond was left for somebody who still waits for it.
            long least = queue.stalled() ? queue.judgedSince() + STALL_MILLIS : decision.now() + 1;
            decision.timer(timer(queue, EXPIRE_HEAD), Math.max(due, least));
        }
    }

    @Override
    public void onTimer(long timer, Decision decision) {
        QueueState queue = queues.get(timer >> 2);
        if (queue == null) {
            return;
        }
        if ((timer & 3) == DUE) {
            queue.timerAt(Long.MAX_VALUE);
        }
        if ((timer & 3) != EXPIRE_QUEUE) {
            touched(queue);
        } else if (queue.line().size() > 0) {
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
        onScheduleRead(position, block);
        deadLetters.onRead(position, block);
        cooling.onRead(position, block);
        peeks.onRead(position, block);
        edits.onRead(position, block);
    }

    private void onScheduleRead(long position, Log.@Nullable Block block) {
        if (scheduling.isEmpty()) {
            return;
        }
        for (QueueState queue : List.copyOf(scheduling)) {
            Schedule schedule = queue.scheduleIfUsed();
            if (schedule != null && schedule.onRead(position, block)) {
                touched(queue);
            }
            if (schedule == null || !schedule.reading()) {
                scheduling.remove(queue);
            }
        }
    }

    @Override
    public void onDurable(long position, Decision decision) {
        List<QueueState> ready = dispatch.takeAnnounced(position);
        for (int i = 0; i < ready.size(); i++) {
            goOn(ready.get(i));
        }
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
            serve(queue, decision);
            queue.usedAt(decision.now());
            setExpiry(queue, decision);
            touched(queue);
        }
        deadLetters.onServing();
    }

    private static void serve(QueueState queue, Decision decision) {
        queue.countAnew();
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            if (level != null) {
                int priority = i;
                level.onServing();
                level.eachPage((number, page) -> {
                    if (!page.cold()) {
                        queue.markResting(priority, number, page, decision.now());
                    }
                });
            }
        }
        Schedule schedule = queue.scheduleIfUsed();
        if (schedule != null) {
            schedule.onServing();
        }
    }

    /// A stop in good order: nobody has anything any more, so what was tried is known exactly. Only
    /// the snapshot that follows says so: without it what the log says remains true, that more may
    /// have been tried.
    private void rest() {
        for (QueueState queue : queues.all()) {
            for (int i = 0; i < queue.levels(); i++) {
                Level level = queue.levelIfUsed(i);
                if (level != null && level.attempted() > 0 && queue.spec().durable()) {
                    level.markTried();
                    level.attempted(0, 0);
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

    /// Deliveries wait for the end of the turn, so that they go out in batches. Nobody may see
    /// that: before a command that would, whatever the earlier ones have made possible is done.
    private void catchUp(QueueState queue, Decision decision) {
        if (queue.dirty()) {
            dispatch.run(queue, decision);
        }
    }

    private void touched(QueueState queue) {
        long now = decision.now();
        if (!queue.dirty() && (!queue.stalled() || now >= queue.judgedSince() + STALL_MILLIS)) {
            queue.judgeSince(now);
        }
        goOn(queue);
    }

    private void goOn(QueueState queue) {
        if (!queue.dirty()) {
            queue.soil();
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
