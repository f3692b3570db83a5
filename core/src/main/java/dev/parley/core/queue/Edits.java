package dev.parley.core.queue;

import dev.parley.api.Reason;
import dev.parley.core.log.Log;
import dev.parley.core.queue.DeadLetters.Sending;
import dev.parley.core.queue.QueueCommand.Edit;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What an operator does to single messages, one request after the other: each is taken out of its
/// place, wherever it stands in the queue, and then dropped, replaced or sent on. A page that is
/// cold is read in first, and used in the same turn, before it can cool again.
final class Edits {
    private final Queues queues;
    private final Settling settling;
    private final Dispatch dispatch;
    private final DeadLetters deadLetters;
    private final Intake intake;
    private final ArrayDeque<Edit> waiting = new ArrayDeque<>();
    private final Reader pages = new Reader();

    // How far the first request is.
    private int at;
    private long done;
    private @Nullable Sending sending;

    Edits(
            Queues queues,
            Settling settling,
            Dispatch dispatch,
            DeadLetters deadLetters,
            Intake intake) {
        this.queues = queues;
        this.settling = settling;
        this.dispatch = dispatch;
        this.deadLetters = deadLetters;
        this.intake = intake;
    }

    void add(Edit edit) {
        waiting.add((Edit) edit.detached());
    }

    void onRead(long position, Log.@Nullable Block block) {
        pages.onRead(position, block);
    }

    /// Goes on with the first request; returns whether it is done.
    boolean run(Decision decision) {
        Edit edit = waiting.peek();
        if (edit == null) {
            return false;
        }
        QueueState queue = queues.get(edit.queue());
        if (queue == null) {
            Reason gone = new Reason.NotFound("the queue does not exist any more");
            answer(edit, new QueueReply.Refused(gone), decision);
        } else {
            int before = at;
            boolean whole = go(queue, edit, decision);
            if (at > before) {
                settling.hasChanged(queue);
                // What takes a message out goes with this turn, as does what comes in its place.
                dispatch.flush(queue, decision);
            }
            if (!whole) {
                return false;
            }
            Sending begun = sending;
            if (begun == null) {
                answer(edit, new QueueReply.Done(done, queue.line().size()), decision);
            } else {
                begun.lookedAt(decision);
            }
        }
        waiting.remove();
        pages.rest();
        at = 0;
        done = 0;
        sending = null;
        return true;
    }

    private static void answer(Edit edit, QueueReply reply, Decision decision) {
        decision.promise(() -> edit.client().onReply(edit.token(), reply));
    }

    /// Returns false while a page is being read.
    private boolean go(QueueState queue, Edit edit, Decision decision) {
        Entries entries = edit.entries();
        while (at < entries.size()) {
            long entry = entries.get(at);
            if (!warm(queue, entry, decision)) {
                return false;
            }
            at++;
            if (edit instanceof QueueCommand.Send send && sending == null) {
                sending = new Sending(send);
                // For the request itself, so that the answer comes after its last message.
                sending.expect();
            }
            if (settling.withdraw(queue, entry)) {
                done++;
                edit(queue, entry, edit, decision);
            }
        }
        return true;
    }

    private void edit(QueueState queue, long entry, Edit edit, Decision decision) {
        switch (edit) {
            case QueueCommand.Remove remove -> dispatch.leave(queue, entry, decision);
            case QueueCommand.Replace replace -> {
                intake.replace(queue, replace.message(), decision);
                dispatch.leave(queue, entry, decision);
            }
            case QueueCommand.Send send -> {
                Sending begun = sending;
                if (begun != null) {
                    deadLetters.send(queue, entry, begun);
                }
            }
        }
    }

    private boolean warm(QueueState queue, long entry, Decision decision) {
        Level level = queue.levelIfUsed(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level == null ? null : level.page(number);
        if (page == null || page.lost() || !page.cold()) {
            return true;
        }
        ByteBuffer record = pages.get(decision, page.record(), page.recordBytes());
        if (record != null) {
            queue.load(Entries.level(entry), number >>> Page.BITS, record, decision.now());
            return true;
        }
        return pages.damaged(page.record());
    }
}
