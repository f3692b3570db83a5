package dev.parley.sim;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One channel of a client: what it has asked, what it has, and what it has been promised.
final class SimChannel {
    private enum Mode {
        PLAIN,
        CONFIRM,
        TRANSACTION
    }

    /// What waits for its answer; a channel asks one thing at a time.
    private record Asked(int answer, Runnable done) {}

    private record Subscribed(SimQueue queue, boolean automatic) {}

    /// @param delivery which of the copy's deliveries this was
    private record Given(Copy copy, SimQueue queue, int delivery) {}

    private final SimClient client;
    private final int number;
    private final int publisher;
    private final Mode mode;
    private final Dice dice;
    private final Ledger ledger;
    private final Map<String, Subscribed> consumers = new LinkedHashMap<>();
    private final TreeMap<Long, Given> unsettled = new TreeMap<>();
    private final TreeMap<Long, Letter> unconfirmed = new TreeMap<>();
    private final List<Letter> inTransaction = new ArrayList<>();
    private final List<SimQueue> abandoned = new ArrayList<>();
    private final List<SimQueue> swept = new ArrayList<>();
    private long confirmNumber;
    private long letterNumber;
    private int lastTag;
    private boolean down;
    private boolean emptied;
    private boolean ready;
    private boolean recovering;
    private @Nullable Asked asked;
    private @Nullable Subscribed getting;

    SimChannel(SimClient client, int number, int publisher) {
        this.client = client;
        this.number = number;
        this.publisher = publisher;
        this.dice = client.dice();
        this.ledger = client.ledger();
        this.mode = Mode.values()[dice.weighted(2, 6, 1)];
    }

    int number() {
        return number;
    }

    /// Whether it has ended, or the client wants it to.
    boolean down() {
        return down;
    }

    /// Publishes that were read and not answered.
    int unconfirmed() {
        return mode == Mode.CONFIRM && !down ? unconfirmed.size() : 0;
    }

    boolean asking() {
        return asked != null;
    }

    @Override
    public String toString() {
        return "channel " + client.number() + "/" + number;
    }

    // ---- asking

    void open() {
        ask(
                20,
                10,
                11,
                out -> Frames.text(out, ""),
                () -> {
                    if (mode == Mode.CONFIRM) {
                        ask(85, 10, 11, out -> out.writeByte(0), () -> ready = true);
                    } else if (mode == Mode.TRANSACTION) {
                        ask(90, 10, 11, out -> {}, () -> ready = true);
                    } else {
                        ready = true;
                    }
                });
    }

    private void ask(
            int classId, int methodId, int answer, Frames.Arguments arguments, Runnable done) {
        asked = new Asked(classId << 16 | answer, done);
        client.send(Frames.method(number, classId, methodId, arguments));
    }

    void act() {
        if (!ready || down) {
            return;
        }
        boolean settles = !unsettled.isEmpty() && !recovering;
        int what = dice.weighted(40, settles ? 30 : 0, asked == null ? 30 : 0);
        if (what == 0) {
            publish(client.profile().deep() && dice.oneIn(20) ? 200 : dice.between(1, 6));
        } else if (what == 1) {
            settle();
        } else {
            askSomething();
        }
    }

    private void askSomething() {
        SimQueue queue =
                dice.pick(
                        client.profile().queues().stream()
                                .map(plan -> ledger.queue(plan.name()))
                                .toList());
        switch (dice.weighted(30, 25, 6, 12, 2, 2, 2, 8, 3, mode == Mode.TRANSACTION ? 40 : 0)) {
            case 0 -> consume(queue);
            case 1 -> get(queue);
            case 2 -> cancel();
            case 3 -> declare(queue);
            case 4 -> delete(queue);
            case 5 -> purge(queue);
            case 6 -> close();
            case 7 -> qos();
            case 8 -> recover();
            default -> commit();
        }
    }

    void declare(SimQueue queue) {
        QueuePlan plan = queue.plan();
        client.note(40, "declares " + plan.name());
        ask(
                50,
                10,
                11,
                out -> declaration(out, plan),
                () -> {
                    queue.declared();
                    if (plan.fanned()) {
                        bind(queue);
                    }
                });
    }

    private static void declaration(DataOutputStream out, QueuePlan plan) throws IOException {
        out.writeShort(0);
        Frames.text(out, plan.name());
        out.writeByte((plan.durable() ? 2 : 0) | (plan.autoDelete() ? 8 : 0));
        Frames.table(out, plan.arguments());
    }

    private void bind(SimQueue queue) {
        Frames.Arguments arguments =
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue.plan().name());
                    Frames.text(out, QueuePlan.FAN);
                    Frames.text(out, "");
                    out.writeByte(0);
                    out.writeInt(0);
                };
        ask(50, 20, 21, arguments, () -> queue.bound(true));
    }

    void declareFan(Runnable then) {
        Frames.Arguments arguments =
                out -> {
                    out.writeShort(0);
                    Frames.text(out, QueuePlan.FAN);
                    Frames.text(out, "fanout");
                    out.writeByte(2);
                    out.writeInt(0);
                };
        ask(40, 10, 11, arguments, then);
    }

    private void delete(SimQueue queue) {
        client.note(41, "deletes " + queue.plan().name());
        queue.deleting();
        ledger.sweep(queue);
        Frames.Arguments arguments =
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue.plan().name());
                    out.writeByte(0);
                };
        ask(50, 40, 41, arguments, queue::deletionEnded);
    }

    private void purge(SimQueue queue) {
        client.note(42, "purges " + queue.plan().name());
        queue.sweeping(1);
        ledger.sweep(queue);
        Frames.Arguments arguments =
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue.plan().name());
                    out.writeByte(0);
                };
        ask(50, 30, 31, arguments, () -> queue.sweeping(-1));
    }

    private void qos() {
        ask(
                60,
                10,
                11,
                out -> {
                    out.writeInt(0);
                    out.writeShort(dice.pick(List.of(0, 1, 2, 5, 20)));
                    out.writeByte(dice.oneIn(3) ? 1 : 0);
                },
                () -> {});
    }

    private void recover() {
        if (mode == Mode.TRANSACTION) {
            return;
        }
        client.note(43, "recovers");
        recovering = true;
        ask(
                60,
                110,
                111,
                out -> out.writeByte(1),
                () -> {
                    // What was delivered before this answer has gone back.
                    recovering = false;
                    emptied = false;
                    unsettled.values().forEach(given -> given.copy().holder = null);
                    unsettled.clear();
                });
    }

    /// The node has read that a delivery goes back. It may have been delivered again at once.
    private void back(Given given) {
        if (given.copy().deliveries == given.delivery()) {
            ledger.back(given.copy(), client.node().rounds() + 1);
        }
    }

    private void consume(SimQueue queue) {
        if (consumers.size() >= 3) {
            return;
        }
        boolean automatic = dice.oneIn(6);
        String tag = "t" + ++lastTag;
        client.note(
                44,
                "consumes " + queue.plan().name() + (automatic ? " without acknowledging" : ""));
        consumers.put(tag, new Subscribed(queue, automatic));
        ask(
                60,
                20,
                21,
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue.plan().name());
                    Frames.text(out, tag);
                    out.writeByte(automatic ? 2 : 0);
                    out.writeInt(0);
                },
                () -> {});
    }

    /// Consumes without a bound.
    void consumeAll(SimQueue queue) {
        String tag = "t" + ++lastTag;
        consumers.put(tag, new Subscribed(queue, false));
        ask(
                60,
                20,
                21,
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue.plan().name());
                    Frames.text(out, tag);
                    out.writeByte(0);
                    out.writeInt(0);
                },
                () -> {});
    }

    /// Acknowledges what it has; returns whether it had anything.
    boolean acknowledgeAll() {
        if (unsettled.isEmpty()) {
            return false;
        }
        List<Given> all = List.copyOf(unsettled.values());
        long last = unsettled.lastKey();
        unsettled.clear();
        settle(60, 80, last, true, -1, all);
        return true;
    }

    private void get(SimQueue queue) {
        boolean automatic = dice.oneIn(5);
        getting = new Subscribed(queue, automatic);
        ask(
                60,
                70,
                71,
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue.plan().name());
                    out.writeByte(automatic ? 1 : 0);
                },
                () -> getting = null);
    }

    private void cancel() {
        if (consumers.isEmpty()) {
            return;
        }
        String tag = dice.pick(List.copyOf(consumers.keySet()));
        client.note(45, "cancels " + tag);
        ask(
                60,
                30,
                31,
                out -> {
                    Frames.text(out, tag);
                    out.writeByte(0);
                },
                () -> consumers.remove(tag));
    }

    private void close() {
        client.note(46, this + " closes");
        goDown();
        asked =
                new Asked(
                        20 << 16 | 41,
                        () -> {
                            buried();
                            client.forget(this);
                        });
        client.send(
                Frames.method(
                        number,
                        20,
                        40,
                        out -> {
                            out.writeShort(200);
                            Frames.text(out, "");
                            out.writeInt(0);
                        }));
    }

    /// The node has taken back what the channel has, but what it sent before is still to be heard.
    void letGo() {
        emptied = true;
        unsettled.values().forEach(given -> given.copy().holder = null);
    }

    /// Whether it can hold messages.
    boolean holds() {
        return !down && !emptied;
    }

    /// The channel is over: what it has goes back, what it asked may or may not have been done.
    void goDown() {
        if (down) {
            return;
        }
        down = true;
        long soon = client.node().rounds() + 3;
        unsettled
                .values()
                .forEach(given -> {
                    given.copy().holder = null;
                    given.queue().leaving(1);
                    abandoned.add(given.queue());
                });
        unsettled.clear();
        for (Subscribed consumer : consumers.values()) {
            abandon(consumer, soon);
        }
        Subscribed get = getting;
        if (get != null) {
            abandon(get, soon);
        }
    }

    /// The node knows that the channel has ended.
    void buried() {
        long soon = client.node().rounds() + 3;
        for (SimQueue queue : abandoned) {
            queue.leaving(-1);
            queue.orderUnknownUntil(soon);
        }
        abandoned.clear();
        swept.forEach(queue -> {
            ledger.sweep(queue);
            queue.sweeping(-1);
        });
        swept.clear();
    }

    private void abandon(Subscribed consumer, long soon) {
        consumer.queue().orderUnknownUntil(soon);
        consumer.queue().leaving(1);
        abandoned.add(consumer.queue());
        if (consumer.automatic()) {
            // What is on its way to it is gone, whatever it is.
            ledger.sweep(consumer.queue());
            consumer.queue().sweeping(1);
            swept.add(consumer.queue());
        }
    }

    // ---- publishing

    void publish(int count) {
        if (mode == Mode.TRANSACTION && inTransaction.size() > 30) {
            return;
        }
        QueuePlan plan = dice.pick(client.profile().queues());
        boolean fan = dice.oneIn(5);
        for (int i = 0; i < count; i++) {
            Letter letter = letter(plan);
            List<SimQueue> to = fan ? fanned() : List.of(ledger.queue(plan.name()));
            client.note(47, "publishes " + letter + " to " + (fan ? QueuePlan.FAN : plan.name()));
            ledger.published(letter, to, fan);
            Frames frames = new Frames();
            frames.add(
                    number,
                    60,
                    40,
                    out -> {
                        out.writeShort(0);
                        Frames.text(out, fan ? QueuePlan.FAN : "");
                        Frames.text(out, fan ? "" : plan.name());
                        out.writeByte(letter.mandatory() ? 1 : 0);
                    });
            frames.content(
                    number,
                    letter.properties(),
                    letter.body(),
                    client.profile().amqp().frameMax() - 8);
            client.send(
                    this,
                    frames.bytes(),
                    () -> {
                        if (mode != Mode.TRANSACTION) {
                            ledger.arrived(letter);
                        }
                    });
            if (mode == Mode.CONFIRM) {
                unconfirmed.put(++confirmNumber, letter);
            } else if (mode == Mode.TRANSACTION) {
                inTransaction.add(letter);
            }
        }
    }

    private List<SimQueue> fanned() {
        List<SimQueue> to = new ArrayList<>();
        for (SimQueue queue : ledger.queues()) {
            if (queue.plan().fanned()) {
                to.add(queue);
            }
        }
        return to;
    }

    private Letter letter(QueuePlan plan) {
        long id = ++letterNumber;
        int most = client.profile().deep() ? 20 : client.profile().bodyMax();
        boolean persistent = !dice.oneIn(5);
        boolean expires = dice.oneIn(12);
        int priority = plan.priorities() == 0 ? 0 : dice.below(5);
        byte[] properties = properties(id, persistent, priority, expires);
        byte[] body = Letter.body(publisher, id, dice.oneIn(8) ? 0 : dice.below(most + 1));
        return new Letter(
                publisher, id, properties, body, persistent, priority, expires, dice.oneIn(4));
    }

    private byte[] properties(long id, boolean persistent, int priority, boolean expires) {
        ByteBuffer out = ByteBuffer.allocate(64);
        out.putShort((short) (1 << 12 | 1 << 11 | (expires ? 1 << 8 : 0) | 1 << 7));
        out.put((byte) (persistent ? 2 : 1)).put((byte) priority);
        if (expires) {
            byte[] millis =
                    String.valueOf(dice.between(0, 200))
                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            out.put((byte) millis.length).put(millis);
        }
        byte[] name = (publisher + ":" + id).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        out.put((byte) name.length).put(name);
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private void commit() {
        List<Letter> all = List.copyOf(inTransaction);
        inTransaction.clear();
        if (dice.oneIn(4)) {
            client.note(48, "rolls back");
            ask(90, 30, 31, out -> {}, () -> {});
            return;
        }
        client.note(49, "commits " + all);
        ask(
                90,
                20,
                21,
                out -> {},
                () ->
                        all.forEach(letter -> {
                            ledger.arrived(letter);
                            ledger.confirmed(letter, false);
                        }));
    }

    // ---- settling

    private void settle() {
        long tag = dice.pick(List.copyOf(unsettled.keySet()));
        boolean multiple = dice.oneIn(4);
        int outcome = dice.weighted(10, 4, 2, 2);
        List<Given> all = new ArrayList<>();
        if (multiple) {
            var head = unsettled.headMap(tag, true);
            all.addAll(head.values());
            head.clear();
        } else {
            Given one = unsettled.remove(tag);
            if (one != null) {
                all.add(one);
            }
        }
        client.note(
                50,
                List.of("acks ", "requeues ", "rejects ", "fails ").get(outcome)
                        + all.stream().map(Given::copy).toList());
        if (mode == Mode.TRANSACTION) {
            // When a transaction's settlements take effect is not followed here.
            all.forEach(given -> given.copy().excused = true);
        }
        switch (outcome) {
            case 0 -> settle(60, 80, tag, multiple, -1, all);
            case 1 -> settle(60, 120, tag, multiple, 1, all);
            case 2 -> settle(60, 120, tag, multiple, 0, all);
            default -> {
                if (multiple) {
                    settle(60, 120, tag, true, 1, all);
                } else {
                    settle(60, 90, tag, false, 1, all);
                }
            }
        }
    }

    /// @param requeue 1 to have it back, 0 to have it put away, -1 for an acknowledgement
    private void settle(
            int classId, int methodId, long tag, boolean multiple, int requeue, List<Given> all) {
        byte[] bytes =
                Frames.method(
                        number,
                        classId,
                        methodId,
                        out -> {
                            out.writeLong(tag);
                            int bits = multiple ? 1 : 0;
                            bits =
                                    requeue < 0
                                            ? bits
                                            : methodId == 90 ? requeue : bits | requeue << 1;
                            out.writeByte(bits);
                        });
        boolean held = mode == Mode.TRANSACTION;
        for (Given given : all) {
            given.copy().holder = null;
            given.copy().excused |=
                    requeue < 0 || requeue == 0 && given.queue().plan().deadTo() == null;
        }
        client.send(
                this,
                bytes,
                () -> {
                    for (Given given : all) {
                        if (held) {
                            continue;
                        }
                        boolean limited =
                                methodId == 90 && given.queue().plan().deliveryLimit() > 0;
                        if (requeue == 1 && !limited) {
                            back(given);
                        } else if (requeue < 0
                                || requeue == 0 && given.queue().plan().deadTo() == null) {
                            ledger.gone(given.copy());
                        }
                    }
                });
    }

    // ---- hearing

    void onFrame(Frame frame) {
        Asked waiting = asked;
        if (frame.id() == Frame.CHANNEL_CLOSE) {
            int code = frame.arguments().getShort();
            String text = Frame.text(frame.arguments());
            client.note(51, this + " was closed: " + code + " " + text);
            goDown();
            buried();
            client.forget(this);
            client.send(Frames.method(number, 20, 41, out -> {}));
            if (code != 404 && code != 405 && code != 403) {
                throw new Violation(this + " was closed for no reason: " + code + " " + text);
            }
            return;
        }
        if (waiting != null && frame.id() == waiting.answer() && frame.id() != Frame.GET_OK) {
            asked = null;
            waiting.done().run();
            return;
        }
        switch (frame.id()) {
            case Frame.DELIVER -> onDelivery(frame);
            case Frame.GET_OK -> onGot(frame);
            case Frame.GET_EMPTY -> {
                asked = null;
                getting = null;
            }
            case Frame.RETURN -> ledger.returned(Letter.Id.of(frame.properties()), true);
            case Frame.ACK -> onConfirm(frame, true);
            case Frame.NACK -> onConfirm(frame, false);
            case Frame.CANCEL -> {
                Subscribed gone = consumers.remove(Frame.text(frame.arguments()));
                if (gone != null && gone.automatic()) {
                    ledger.sweep(gone.queue());
                }
            }
            default -> throw new Violation(this + " hears what it did not ask for: " + frame);
        }
    }

    private void onDelivery(Frame frame) {
        String tag = Frame.text(frame.arguments());
        long deliveryTag = frame.arguments().getLong();
        boolean redelivered = frame.arguments().get() != 0;
        Subscribed consumer = consumers.get(tag);
        if (consumer == null) {
            throw new Violation(this + " gets a delivery for no consumer of its own: " + tag);
        }
        take(frame, deliveryTag, redelivered, consumer);
    }

    private void onGot(Frame frame) {
        long deliveryTag = frame.arguments().getLong();
        boolean redelivered = frame.arguments().get() != 0;
        Subscribed get = getting;
        if (get == null) {
            throw new Violation(this + " gets what it did not ask for");
        }
        asked = null;
        getting = null;
        take(frame, deliveryTag, redelivered, get);
    }

    private void take(Frame frame, long deliveryTag, boolean redelivered, Subscribed from) {
        Copy copy =
                ledger.delivered(
                        this,
                        from.queue(),
                        from.automatic(),
                        redelivered,
                        frame.properties(),
                        frame.body());
        if (!from.automatic() && !down) {
            unsettled.put(deliveryTag, new Given(copy, from.queue(), copy.deliveries));
        }
    }

    private void onConfirm(Frame frame, boolean positive) {
        long tag = frame.arguments().getLong();
        boolean multiple = frame.arguments().get() != 0;
        if (!unconfirmed.containsKey(tag)) {
            throw new Violation(this + " was told twice, or of what it never published: " + tag);
        }
        var answered =
                multiple
                        ? unconfirmed.headMap(tag, true)
                        : unconfirmed.subMap(tag, true, tag, true);
        for (Letter letter : List.copyOf(answered.values())) {
            if (positive) {
                ledger.confirmed(letter, true);
            }
        }
        answered.clear();
    }
}
