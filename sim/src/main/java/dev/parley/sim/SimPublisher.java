package dev.parley.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The publishing half of a channel: what it has sent, and what it was promised.
final class SimPublisher {
    private static final int IN_TRANSACTION_MAX = 30;

    /// In place of a letter that goes nowhere but is confirmed.
    private static final Letter NOTHING = new Letter(new Letter.Id(0, 0), Envelope.PLAIN, 0);

    private static final List<String> GROUPS = List.of("a", "b", "c");

    private final SimClient client;
    private final SimChannel channel;
    private final int publisher;
    private final Dice dice;
    private final Ledger ledger;
    private final TreeMap<Long, Letter> unconfirmed = new TreeMap<>();
    private final List<Letter> inTransaction = new ArrayList<>();
    private long confirmNumber;
    private long letterNumber;

    SimPublisher(SimClient client, SimChannel channel, int publisher) {
        this.client = client;
        this.channel = channel;
        this.publisher = publisher;
        this.dice = client.dice();
        this.ledger = client.ledger();
    }

    int unconfirmed() {
        return unconfirmed.size();
    }

    void publish(int count) {
        if (channel.transacts() && inTransaction.size() > IN_TRANSACTION_MAX) {
            return;
        }
        if (dice.oneIn(6) && repeat()) {
            return;
        }
        QueuePlan plan = dice.pick(client.profile().queues());
        boolean fan = dice.oneIn(5);
        String exchange = fan ? dice.pick(List.of(QueuePlan.FAN, QueuePlan.LATER_FAN)) : "";
        for (int i = 0; i < count; i++) {
            Letter letter = letter(plan, exchange);
            List<SimQueue> to = fan ? ledger.fanned() : List.of(ledger.queue(plan.name()));
            client.note(47, "publishes " + letter + " to " + (fan ? exchange : plan.name()));
            ledger.published(letter, to, fan);
            send(letter, exchange, fan ? "" : plan.name());
        }
    }

    private void send(Letter letter, String exchange, String key) {
        Frames frames = new Frames();
        frames.add(
                channel.number(),
                60,
                40,
                out -> {
                    out.writeShort(0);
                    Frames.text(out, exchange);
                    Frames.text(out, key);
                    out.writeByte(letter.envelope().mandatory() ? 1 : 0);
                });
        frames.content(
                channel.number(),
                letter.properties(),
                letter.body(),
                client.profile().amqp().frameMax() - 8);
        client.send(
                channel,
                frames.bytes(),
                () -> {
                    if (!channel.transacts()) {
                        ledger.arrived(letter);
                    }
                });
        if (channel.confirms()) {
            unconfirmed.put(++confirmNumber, letter);
        } else if (channel.transacts()) {
            inTransaction.add(letter);
        }
    }

    /// Says something to the node itself by a message to one of its names.
    void ask(String name, Map<String, Object> headers, Runnable effect) {
        Frames frames = new Frames();
        frames.add(
                channel.number(),
                60,
                40,
                out -> {
                    out.writeShort(0);
                    Frames.text(out, "");
                    Frames.text(out, name);
                    out.writeByte(0);
                });
        frames.content(channel.number(), Envelope.headersOnly(headers), new byte[0], 1);
        client.send(channel, frames.bytes(), effect);
        if (channel.confirms()) {
            unconfirmed.put(++confirmNumber, NOTHING);
        }
    }

    private Letter letter(QueuePlan plan, String exchange) {
        int most = client.profile().deep() ? 20 : client.profile().bodyMax();
        Letter.Id id = new Letter.Id(publisher, ++letterNumber);
        boolean waits = exchange.equals(QueuePlan.LATER_FAN) || plan.name().equals("later");
        Envelope envelope = envelope(plan, dice.oneIn(waits ? 2 : 15));
        boolean recognisable = exchange.isEmpty() && Repeats.takes(plan);
        if (recognisable && !plan.named() && dice.oneIn(plan.name().equals("once") ? 2 : 10)) {
            envelope = envelope.numbered(client.repeats().next(dice));
        }
        Letter letter = new Letter(id, envelope, dice.oneIn(8) ? 0 : dice.below(most + 1));
        if (recognisable && (plan.named() || envelope.once() != null)) {
            client.repeats().add(letter, plan);
        }
        return letter;
    }

    private Envelope envelope(QueuePlan plan, boolean later) {
        boolean persistent = !dice.oneIn(5);
        int expiration = dice.oneIn(12) ? dice.between(0, 200) : -1;
        int priority = plan.priorities() == 0 ? 0 : dice.below(5);
        String group = plan.grouped() && !dice.oneIn(8) ? dice.pick(GROUPS) : null;
        boolean mandatory = dice.oneIn(4);
        int delay = 0;
        long deliverAt = 0;
        if (later && plan.lengthMax() == 0) {
            // Ten minutes and more are kept in another way.
            int wait = dice.oneIn(15) ? dice.between(300_000, 1_200_000) : dice.between(1, 500);
            if (dice.oneIn(2)) {
                delay = wait;
            } else {
                deliverAt = ledger.now() + wait;
            }
        }
        return new Envelope(
                persistent, priority, expiration, mandatory, delay, deliverAt, group, null);
    }

    /// Sends something again that was sent before, perhaps by somebody else in another life.
    private boolean repeat() {
        Repeats.Sent sent = client.repeats().pick(dice);
        if (sent == null) {
            return false;
        }
        Letter letter = sent.letter();
        client.note(52, "publishes again " + letter + " to " + sent.plan().name());
        letter.forgettable |= client.repeats().mayBeForgotten(letter);
        ledger.repeated(letter, ledger.queue(sent.plan().name()));
        send(letter, "", sent.plan().name());
        return true;
    }

    // ---- answers

    /// The transaction's letters, which are no longer in it.
    List<Letter> takeTransaction() {
        List<Letter> all = List.copyOf(inTransaction);
        inTransaction.clear();
        return all;
    }

    static void committed(Ledger ledger, List<Letter> letters) {
        letters.forEach(letter -> {
            ledger.arrived(letter);
            ledger.confirmed(letter, false);
        });
    }

    void onReturn(Frame frame) {
        ledger.returned(Letter.Id.of(frame.properties()), true);
    }

    void onConfirm(Frame frame, boolean positive) {
        long tag = frame.arguments().getLong();
        boolean multiple = frame.arguments().get() != 0;
        if (!unconfirmed.containsKey(tag)) {
            throw new Violation(channel + " was told twice, or of what it never published: " + tag);
        }
        var answered =
                multiple
                        ? unconfirmed.headMap(tag, true)
                        : unconfirmed.subMap(tag, true, tag, true);
        for (Letter letter : List.copyOf(answered.values())) {
            if (positive && letter != NOTHING) {
                ledger.confirmed(letter, true);
            }
        }
        answered.clear();
    }
}
