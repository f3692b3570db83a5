package dev.parley.sim;

import dev.parley.core.catalog.CatalogClient;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.Policy;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Somebody who looks after the queues of one life of the node: looks into them, removes, replaces
/// and sends on single messages, stops and starts deliveries, and changes policies.
///
/// One thing at a time; what was asked and not answered when the node ends may have been done.
final class Operator {
    private static final String POLICY = "shape";
    private static final int LENGTH = 5;

    private final SimNode node;
    private final Ledger ledger;
    private final Dice dice;
    private final History history;
    private final int publisher;
    private final List<Runnable> answers = new ArrayList<>();
    private long letterNumber;
    private boolean asking;

    Operator(SimNode node, Ledger ledger, Dice dice, History history, int publisher) {
        this.node = node;
        this.ledger = ledger;
        this.dice = dice;
        this.history = history;
        this.publisher = publisher;
    }

    boolean asking() {
        return asking;
    }

    /// Does one thing that the dice choose.
    void act() {
        if (asking || node.failure() != null) {
            return;
        }
        List<SimQueue> all = new ArrayList<>();
        ledger.queues().forEach(all::add);
        SimQueue queue = dice.pick(all);
        switch (dice.weighted(2, 2, 12)) {
            case 0 -> pause(queue, !queue.paused() && dice.oneIn(2));
            case 1 -> changePolicy();
            default -> look(queue);
        }
    }

    /// What was answered in this round takes effect, after the clients have heard theirs.
    void settle() {
        List<Runnable> now = List.copyOf(answers);
        answers.clear();
        now.forEach(Runnable::run);
    }

    private void note(String what) {
        history.note(70, 0, () -> "operator " + what);
    }

    private @Nullable QueueEntry entry(SimQueue queue) {
        for (QueueEntry entry : node.home().catalog().queues()) {
            if (entry.name().equals(queue.plan().name()) && node.home().serves(entry.shard())) {
                return entry;
            }
        }
        return null;
    }

    /// Asks, and hears the answer at the end of a round.
    private void ask(QueueEntry queue, Asking command, Consumer<QueueReply> then) {
        asking = true;
        Look client =
                new Look(reply ->
                        answers.add(() -> {
                            asking = false;
                            then.accept(reply);
                        }));
        node.home().offer(queue.shard(), command.with(client, queue.id()));
    }

    private interface Asking {
        QueueCommand with(Look client, long queue);
    }

    // ---- stopping deliveries

    void pause(SimQueue queue, boolean paused) {
        QueueEntry entry = entry(queue);
        if (entry == null) {
            return;
        }
        note((paused ? "pauses " : "resumes ") + queue.plan().name());
        int asked = queue.deletions();
        queue.pausing(paused);
        ask(
                entry,
                (client, id) -> new QueueCommand.Pause(client, 1, id, paused),
                reply -> {
                    if (reply instanceof QueueReply.Done && asked == queue.deletions()) {
                        queue.paused(paused);
                    }
                });
    }

    // ---- single messages

    private void look(SimQueue queue) {
        QueueEntry entry = entry(queue);
        if (entry != null) {
            ask(entry, Look::at, reply -> onLook(queue, reply));
        }
    }

    private void onLook(SimQueue queue, QueueReply reply) {
        QueueEntry entry = entry(queue);
        if (entry == null
                || !(reply instanceof QueueReply.Peeked(List<PeekedMessage> messages, _))
                || messages.isEmpty()
                || node.failure() != null) {
            return;
        }
        PeekedMessage message = dice.pick(messages);
        Copy copy = queue.copy(Letter.Id.of(bytes(message.properties())));
        if (copy == null || copy.gone) {
            return;
        }
        switch (dice.weighted(3, 3, 4)) {
            case 0 -> remove(entry, copy, message);
            case 1 -> replace(entry, copy, message);
            default -> send(entry, copy, message);
        }
    }

    private void remove(QueueEntry entry, Copy copy, PeekedMessage message) {
        note("removes " + copy);
        copy.edits++;
        ask(
                entry,
                (client, id) -> new QueueCommand.Remove(client, 1, id, Entries.of(message.entry())),
                reply -> {
                    copy.edits--;
                    if (done(reply, copy) == 1) {
                        ledger.removed(copy);
                    }
                });
    }

    private void replace(QueueEntry entry, Copy copy, PeekedMessage message) {
        Letter letter =
                new Letter(
                        new Letter.Id(publisher, ++letterNumber), Envelope.PLAIN, dice.below(50));
        note("replaces " + copy + " by " + letter);
        copy.edits++;
        ledger.published(letter, List.of(copy.queue()), false);
        Copy other = letter.copies().getFirst();
        copy.replacedBy = other;
        Message with =
                new Message(
                        "",
                        copy.queue().plan().name(),
                        true,
                        0,
                        -1,
                        ByteBuffer.wrap(letter.properties()),
                        ByteBuffer.wrap(letter.body()));
        ask(
                entry,
                (client, id) -> new QueueCommand.Replace(client, 1, id, message.entry(), with),
                reply -> {
                    copy.edits--;
                    copy.replacedBy = null;
                    if (done(reply, copy) == 1) {
                        ledger.removed(copy);
                        ledger.arrived(letter);
                        other.reached &= copy.queue().certain();
                        ledger.confirmed(letter, true);
                    } else if (other.delivered) {
                        throw new Violation("came in nobody's place: " + other);
                    } else {
                        copy.queue().finish(other);
                    }
                });
    }

    /// Sends it to another queue, or back to where it died.
    private void send(QueueEntry entry, Copy copy, PeekedMessage message) {
        QueueCommand.Way way;
        SimQueue target;
        String home = Deaths.home(bytes(message.properties()));
        if (home != null) {
            target = ledger.queue(home);
            way = new QueueCommand.Way.Back();
        } else {
            List<SimQueue> others = new ArrayList<>();
            ledger.queues().forEach(others::add);
            target = dice.pick(others);
            way = new QueueCommand.Way.To("", target.plan().name());
        }
        note("sends " + copy + " to " + target.plan().name());
        Copy there = target.copy(copy.letter().id());
        boolean simple = (there == null || there.gone) && !target.plan().dropsHead();
        if (target == copy.queue() || !simple || Repeats.takes(target.plan())) {
            return; // the ledger follows one of each in a queue
        }
        // A queue with bounds of its own may lose it.
        copy.excused |= !target.plan().keeps() || !target.certain();
        copy.edits++;
        copy.followed = false;
        copy.sentTo = target;
        copy.letter().moved = true;
        ask(
                entry,
                (client, id) ->
                        new QueueCommand.Send(client, 1, id, Entries.of(message.entry()), way),
                reply -> {
                    copy.edits--;
                    if (done(reply, copy) == 1) {
                        ledger.removed(copy);
                    } else if (!copy.gone) {
                        copy.sentTo = null;
                    }
                });
    }

    private static long done(QueueReply reply, Copy copy) {
        long done =
                switch (reply) {
                    case QueueReply.Done(long messages, _) -> messages;
                    case QueueReply.Sent(long messages, _) -> messages;
                    default -> 0;
                };
        if (done > 1) {
            throw new Violation("asked for one message, and it says %d: %s".formatted(done, copy));
        }
        return done;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    // ---- policies

    /// Gives the queue that is there for it another policy, or none.
    private void changePolicy() {
        SimQueue queue = ledger.queueIfPlanned(QueuePlan.RESHAPED);
        if (queue == null) {
            return;
        }
        FieldTable definition =
                switch (dice.below(6)) {
                    case 0 -> numbers("message-ttl", 120);
                    case 1 -> numbers("max-length", LENGTH);
                    case 2 ->
                            numbers("max-length", LENGTH)
                                    .with()
                                    .put("overflow", FieldValue.text("reject-publish-dlx"))
                                    .build();
                    case 3 -> numbers("delivery-limit", 1);
                    case 4 -> numbers("delayed-retry-min", 50);
                    default -> FieldTable.EMPTY;
                };
        note("has the policy " + definition);
        queue.lengthBound(0);
        asking = true;
        CatalogClient client =
                (token, reply) ->
                        answers.add(() -> {
                            asking = false;
                            queue.lengthBound(bound(definition));
                        });
        node.home()
                .offer(
                        0,
                        definition.isEmpty()
                                ? new CatalogCommand.RemovePolicy(client, 1, "/", false, POLICY)
                                : new CatalogCommand.PutPolicy(
                                        client,
                                        1,
                                        "/",
                                        false,
                                        POLICY,
                                        "^" + QueuePlan.RESHAPED + "$",
                                        Policy.Target.QUEUES,
                                        0,
                                        definition));
    }

    private static int bound(FieldTable definition) {
        return definition.get("max-length") != null && definition.get("overflow") == null
                ? LENGTH
                : 0;
    }

    private static FieldTable numbers(String name, long value) {
        return FieldTable.builder().put(name, FieldValue.of(value)).build();
    }
}
