package dev.parley.sim;

import java.io.DataOutputStream;
import java.io.IOException;
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

    /// @param lease milliseconds that a delivery may be kept, 0 without a bound
    private record Subscribed(
            SimQueue queue, String tag, boolean automatic, Room room, int lease) {}

    /// How many deliveries a consumer may have unsettled. While a change is under way, both bounds
    /// count; once it is answered, the new one does.
    private static final class Room {
        private final boolean live;
        private int asked;
        private int most;

        /// @param live whether it follows its channel's prefetch
        /// @param prefetch 0 without a bound
        Room(boolean live, int prefetch) {
            this.live = live;
            this.asked = bound(prefetch);
            this.most = asked;
        }

        private static int bound(int prefetch) {
            return prefetch == 0 ? Integer.MAX_VALUE : prefetch;
        }

        void changing(int prefetch) {
            if (live) {
                asked = bound(prefetch);
                most = Math.max(most, asked);
            }
        }

        void changed() {
            most = asked;
        }

        boolean isFull(int held) {
            return held >= most;
        }
    }

    /// @param consumer its tag, empty for what was asked for one by one
    /// @param delivery which of the copy's deliveries this was
    /// @param failures how often the message had failed before, as it said
    private record Given(Copy copy, SimQueue queue, String consumer, int delivery, int failures) {
        void letGo() {
            copy.release(delivery);
        }
    }

    private final SimClient client;
    private final int number;
    private final Mode mode;
    private final SimPublisher publisher;
    private final Dice dice;
    private final Ledger ledger;
    private final Map<String, Subscribed> consumers = new LinkedHashMap<>();
    private final TreeMap<Long, Given> unsettled = new TreeMap<>();
    private final List<SimQueue> abandoned = new ArrayList<>();
    private final List<SimQueue> swept = new ArrayList<>();
    private int lastTag;
    private int prefetch;
    private boolean limited;
    private boolean down;
    private boolean emptied;
    private boolean ready;
    private boolean recovering;
    private @Nullable Asked asked;
    private @Nullable Subscribed getting;

    SimChannel(SimClient client, int number, int publisher) {
        this(client, number, publisher, Mode.values()[client.dice().weighted(2, 6, 1)]);
    }

    /// A channel whose settlements take effect at once.
    static SimChannel plain(SimClient client, int publisher) {
        return new SimChannel(client, 1, publisher, Mode.PLAIN);
    }

    private SimChannel(SimClient client, int number, int publisher, Mode mode) {
        this.client = client;
        this.number = number;
        this.dice = client.dice();
        this.ledger = client.ledger();
        this.mode = mode;
        this.publisher = new SimPublisher(client, this, publisher);
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
        return confirms() && !down ? publisher.unconfirmed() : 0;
    }

    boolean confirms() {
        return mode == Mode.CONFIRM;
    }

    boolean transacts() {
        return mode == Mode.TRANSACTION;
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
        int what = dice.weighted(40, settles ? 30 : 0, asked == null ? 30 : 0, settles ? 5 : 0);
        if (what == 0) {
            publisher.publish(client.profile().deep() && dice.oneIn(20) ? 200 : dice.between(1, 6));
        } else if (what == 1) {
            settle();
        } else if (what == 2) {
            askSomething();
        } else {
            renew();
        }
    }

    private void askSomething() {
        SimQueue queue =
                dice.pick(
                        client.profile().queues().stream()
                                .map(plan -> ledger.queue(plan.name()))
                                .toList());
        switch (dice.weighted(30, 25, 6, 12, 2, 2, 2, 8, 3, transacts() ? 40 : 0)) {
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
        int asked = queue.deletions();
        ask(
                50,
                10,
                11,
                out -> declaration(out, plan),
                () -> {
                    queue.declared(asked);
                    if (plan.fanned()) {
                        int before = queue.deletions();
                        bind(
                                queue,
                                QueuePlan.FAN,
                                () -> {
                                    bind(queue, QueuePlan.LATER_FAN, () -> queue.bound(before));
                                });
                    }
                });
    }

    private static void declaration(DataOutputStream out, QueuePlan plan) throws IOException {
        out.writeShort(0);
        Frames.text(out, plan.name());
        out.writeByte((plan.durable() ? 2 : 0) | (plan.autoDelete() ? 8 : 0));
        Frames.table(out, plan.arguments());
    }

    private void bind(SimQueue queue, String exchange, Runnable then) {
        Frames.Arguments arguments =
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue.plan().name());
                    Frames.text(out, exchange);
                    Frames.text(out, "");
                    out.writeByte(0);
                    out.writeInt(0);
                };
        ask(50, 20, 21, arguments, then);
    }

    /// The exchanges that lead to several queues: at once, or when their publisher says.
    void declareFans() {
        Map<String, Object> routed = Map.of("x-delayed-type", "fanout");
        declareExchange(
                QueuePlan.FAN,
                "fanout",
                Map.of(),
                () -> {
                    declareExchange(QueuePlan.LATER_FAN, "x-delayed-message", routed, () -> {});
                });
    }

    private void declareExchange(
            String name, String type, Map<String, Object> settings, Runnable then) {
        Frames.Arguments arguments =
                out -> {
                    out.writeShort(0);
                    Frames.text(out, name);
                    Frames.text(out, type);
                    out.writeByte(2);
                    Frames.table(out, settings);
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

    void purge(SimQueue queue) {
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
        int most = dice.pick(List.of(0, 1, 2, 5, 20));
        boolean global = dice.oneIn(3);
        List<Room> rooms = consumers.values().stream().map(Subscribed::room).toList();
        client.note(54, this + " may have " + most + (global ? " in all" : " a consumer"));
        if (global) {
            limited |= most > 0;
        } else {
            prefetch = most;
            rooms.forEach(room -> room.changing(most));
        }
        ask(
                60,
                10,
                11,
                out -> {
                    out.writeInt(0);
                    out.writeShort(most);
                    out.writeByte(global ? 1 : 0);
                },
                () -> rooms.forEach(Room::changed));
    }

    private void recover() {
        if (transacts()) {
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
                    for (Given given : unsettled.values()) {
                        given.letGo();
                        comesBack(given, false);
                    }
                    unsettled.clear();
                });
    }

    /// The node has read that a delivery goes back. It may have been delivered again at once.
    private void back(Given given, boolean failed) {
        if (given.copy().deliveries == given.delivery()) {
            ledger.back(given.copy(), failed, client.node().rounds() + 1);
        }
    }

    /// The node gives back what it knows that nobody has any more, now or soon.
    private void comesBack(Given given, boolean failed) {
        if (given.copy().deliveries == given.delivery()) {
            Times.comesBack(given.copy(), failed, ledger.since());
        }
    }

    private void consume(SimQueue queue) {
        if (consumers.size() >= 3) {
            return;
        }
        boolean automatic = dice.oneIn(6);
        int lease = queue.plan().leaseMillis() > 0 && dice.oneIn(3) ? dice.between(40, 400) : 0;
        boolean live = dice.oneIn(2);
        client.note(
                44,
                "consumes %s%s%s"
                        .formatted(
                                queue.plan().name(),
                                automatic ? " without acknowledging" : "",
                                live ? " as its channel allows" : ""));
        subscribe(queue, automatic, lease, live);
    }

    /// Consumes without a bound.
    void consumeAll(SimQueue queue) {
        subscribe(queue, false, 0, false);
    }

    /// @param lease the consumer's own, or 0 for the queue's
    /// @param live whether it follows every change of the channel's prefetch
    private void subscribe(SimQueue queue, boolean automatic, int lease, boolean live) {
        String tag = "t" + ++lastTag;
        int kept = lease > 0 ? lease : queue.plan().leaseMillis();
        consumers.put(tag, new Subscribed(queue, tag, automatic, new Room(live, prefetch), kept));
        Map<String, Object> wishes = new LinkedHashMap<>();
        if (lease > 0) {
            wishes.put("x-consumer-timeout", lease);
        }
        if (live) {
            wishes.put("x-live-prefetch", true);
        }
        ask(
                60,
                20,
                21,
                out -> {
                    out.writeShort(0);
                    Frames.text(out, queue.plan().name());
                    Frames.text(out, tag);
                    out.writeByte(automatic ? 2 : 0);
                    Frames.table(out, wishes);
                },
                () -> {});
    }

    /// Whether it has consumers of a queue, and each takes what comes next.
    ///
    /// @return null if it has none
    @Nullable Boolean eagerFor(SimQueue queue) {
        Boolean eager = null;
        for (Subscribed one : consumers.values()) {
            if (one.queue() == queue && !down) {
                // Inside a transaction a settlement makes no room before the commit.
                int held = transacts() ? Integer.MAX_VALUE - 1 : held(one);
                boolean takes = !one.room().isFull(held) && !limited && !emptied;
                eager = takes && !Boolean.FALSE.equals(eager);
            }
        }
        return eager;
    }

    /// What a consumer has not settled and cannot have lost.
    private int held(Subscribed consumer) {
        return (int)
                unsettled.values().stream()
                        .filter(given -> given.consumer().equals(consumer.tag()))
                        .filter(given -> given.copy().deliveries == given.delivery())
                        .filter(given -> !Times.mayHaveLapsed(given.copy(), ledger.now()))
                        .count();
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
        getting = new Subscribed(queue, "", automatic, new Room(false, 0), 0);
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
        unsettled.values().forEach(Given::letGo);
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
                    given.letGo();
                    comesBack(given, !recovering);
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

    // ---- settling

    private void commit() {
        List<Letter> all = publisher.takeTransaction();
        if (dice.oneIn(4)) {
            client.note(48, "rolls back");
            ask(90, 30, 31, out -> {}, () -> {});
            return;
        }
        client.note(49, "commits " + all);
        ask(90, 20, 21, out -> {}, () -> SimPublisher.committed(ledger, all));
    }

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
        if (transacts()) {
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
        boolean held = transacts();
        for (Given given : all) {
            if (given.copy().deliveries == given.delivery()) {
                given.letGo();
                given.copy().excused |= ends(given, requeue);
            }
        }
        client.send(
                this,
                bytes,
                () -> {
                    if (!held) {
                        all.forEach(given -> settled(given, requeue, methodId == 90));
                    }
                });
    }

    /// Whether a settlement takes the message away for good.
    private static boolean ends(Given given, int requeue) {
        return requeue < 0 || requeue == 0 && given.queue().plan().deadTo() == null;
    }

    /// The node has read a settlement.
    private void settled(Given given, int requeue, boolean failed) {
        boolean another = given.copy().deliveries != given.delivery();
        if (given.queue().plan().leaseMillis() > 0
                && (another || Times.mayHaveLapsed(given.copy(), ledger.now()))) {
            return; // perhaps too late
        }
        int limit = given.queue().plan().deliveryLimit();
        boolean dies = failed && limit > 0 && given.failures() >= limit;
        if (requeue == 1 && !dies) {
            back(given, failed);
        } else if (ends(given, requeue)) {
            ledger.gone(given.copy());
        }
    }

    /// Asks for more time for a delivery, or for less.
    private void renew() {
        long tag = dice.pick(List.copyOf(unsettled.keySet()));
        Given given = unsettled.get(tag);
        if (given == null || given.queue().plan().leaseMillis() == 0 || transacts()) {
            return;
        }
        int millis = dice.between(20, 400);
        client.note(53, "asks for " + millis + " ms for " + given.copy());
        // It may be shorter than what is left, and over before the answer is heard.
        given.copy().leaseAsked = Math.min(given.copy().leaseAsked, ledger.since() + millis);
        Map<String, Object> headers = Map.of("x-delivery-tag", tag, "x-lease", millis);
        publisher.ask("amq.parley.lease", headers, () -> renewed(given, millis));
    }

    private void renewed(Given given, int millis) {
        Copy copy = given.copy();
        copy.leaseAsked = Long.MAX_VALUE;
        if (copy.holder == this
                && copy.deliveries == given.delivery()
                && copy.leaseUntil != Long.MAX_VALUE) {
            // If it came too late, that changes nothing.
            long until = ledger.since() + millis;
            copy.leaseUntil =
                    Times.mayHaveLapsed(copy, ledger.now())
                            ? Math.min(until, copy.leaseUntil)
                            : until;
        }
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
            case Frame.RETURN -> publisher.onReturn(frame);
            case Frame.ACK -> publisher.onConfirm(frame, true);
            case Frame.NACK -> publisher.onConfirm(frame, false);
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
        Handed handed =
                new Handed(
                        this,
                        from.queue(),
                        from.tag(),
                        from.automatic(),
                        from.lease(),
                        redelivered,
                        frame);
        if (!from.automatic() && !down && from.room().isFull(held(from))) {
            throw new Violation(
                    "%s gives %s more than the %d that it may have"
                            .formatted(this, from.tag(), from.room().most));
        }
        Copy copy = ledger.delivered(handed);
        if (!from.automatic() && !down) {
            int failures = Handed.failures(frame.properties());
            unsettled.put(
                    deliveryTag,
                    new Given(copy, from.queue(), from.tag(), copy.deliveries, failures));
        }
    }
}
