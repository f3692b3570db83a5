package dev.parley.sim;

import dev.parley.api.Reason;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Target;
import dev.parley.core.topic.TopicClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicCommand.Step;
import dev.parley.core.topic.TopicDelivery;
import dev.parley.core.topic.TopicHost;
import dev.parley.core.topic.TopicMessage;
import dev.parley.core.topic.TopicReply;
import dev.parley.core.topic.Will;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A device with a durable session: it keeps its side of the protocol whatever becomes of its
/// connections and of the node.
final class TopicDevice {
    private static final int OUTGOING_MAX = 8;

    /// What a device is for.
    ///
    /// @param mortal whether it has wills, and sessions that may end by themselves
    record Plan(String name, List<Subscription> subscriptions, boolean mortal) {
        boolean shares() {
            return subscriptions.stream().anyMatch(Subscription::shared);
        }
    }

    /// A publish that is under way.
    private static final class Out {
        private final String topic;
        private final String body;
        private final int qos;
        private final boolean retain;
        private boolean arrived;

        Out(String topic, String body, int qos, boolean retain) {
            this.topic = topic;
            this.body = body;
            this.qos = qos;
            this.retain = retain;
        }
    }

    private final Plan plan;
    private final TopicLedger ledger;
    private final Dice dice;
    private final History history;
    private final LinkedHashMap<Integer, Out> outgoing = new LinkedHashMap<>();
    private final TreeSet<Integer> received = new TreeSet<>();
    private final TreeSet<String> subscribed = new TreeSet<>();
    private @Nullable Connection connection;
    private boolean hasSession;
    private boolean cleaning;
    private long session;
    private int lastPacketId;
    private int published;
    private int lives;

    TopicDevice(Plan plan, TopicLedger ledger, Dice dice, History history) {
        this.plan = plan;
        this.ledger = ledger;
        this.dice = dice;
        this.history = history;
    }

    /// The session that it knows it has; 0: none.
    long session() {
        return hasSession ? session : 0;
    }

    String name() {
        return plan.name();
    }

    boolean isMortal() {
        return plan.mortal();
    }

    // ---- what happens to it

    void act(TopicNode node) {
        Connection now = connection;
        if (now == null) {
            connect(node, plan.shares() && dice.oneIn(8));
            return;
        }
        switch (dice.weighted(40, 40, 20, 1, 1, 1, 2)) {
            case 0 -> now.arriveHere();
            case 1 -> now.arriveThere();
            case 2 -> publish(now);
            case 3 -> now.end(true);
            case 4 -> now.end(false);
            case 5 -> connect(node, false);
            default -> now.changeMind();
        }
    }

    /// Moves all that is under way, and connects if it is not; returns whether anything happened.
    boolean drain(TopicNode node) {
        Connection now = connection;
        if (now == null) {
            connect(node, false);
            return true;
        }
        now.calm();
        boolean worked = false;
        boolean more = true;
        while (more) {
            boolean arrived = now.arriveHere();
            more = now.arriveThere() || arrived;
            worked |= more;
        }
        return worked || !outgoing.isEmpty();
    }

    /// The node has ended, and with it the connection.
    void orphaned() {
        Connection now = connection;
        if (now != null) {
            now.died();
        }
        connection = null;
    }

    void leave() {
        Connection now = connection;
        if (now != null) {
            now.end(true);
        }
    }

    private void connect(TopicNode node, boolean clean) {
        Connection before = connection;
        if (before != null && dice.oneIn(2)) {
            before.abandoned();
        } else if (before != null) {
            before.died();
        }
        // It goes on wanting a clean session until it knows that it has one.
        cleaning |= clean;
        if (cleaning) {
            ledger.groupMemberEnds();
            forget();
        }
        connection = new Connection(node, cleaning);
    }

    private void forget() {
        hasSession = false;
        outgoing.clear();
        received.clear();
        subscribed.clear();
    }

    private void publish(Connection now) {
        if (!now.up || outgoing.size() >= OUTGOING_MAX) {
            return;
        }
        int kind = dice.weighted(6, 3, 2);
        boolean retain = kind == 2;
        // Kinds of quality are not mixed on one topic, since they go different ways.
        int qos = dice.between(1, 2);
        String topic =
                switch (kind) {
                    case 0 -> "t/" + name() + "/" + qos;
                    case 1 -> "jobs/" + name();
                    default -> "r/" + name() + "/" + qos;
                };
        String body = (retain && dice.oneIn(4) ? "clear" : "m") + name() + "-" + published++;
        do {
            // Few ids, so that each is used again soon.
            lastPacketId = lastPacketId % (OUTGOING_MAX + 2) + 1;
        } while (outgoing.containsKey(lastPacketId));
        Out out = new Out(topic, body, qos, retain);
        outgoing.put(lastPacketId, out);
        ledger.publishes(name(), topic, body, qos, retain);
        now.send(lastPacketId, out);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// One connection, both ends of it: packets wait on either way until somebody lets them arrive.
    private final class Connection implements TopicClient {
        private final TopicNode node;
        private final ArrayDeque<Runnable> here = new ArrayDeque<>();
        private final ArrayDeque<Runnable> there = new ArrayDeque<>();
        private final ArrayDeque<Answer> answers = new ArrayDeque<>();
        private final Map<Long, Answer> pending = new HashMap<>();
        private final @Nullable String will;
        private final boolean atOnce;
        private final boolean watched = ledger.watching();
        private long held;
        private boolean holds;
        private boolean up;
        private boolean over;
        private boolean lazy;
        private boolean farewell;
        private long lastToken = 1;

        /// What a publish is answered with, when all shards have it; answers stay in order.
        private static final class Answer {
            private final Runnable say;
            private int missing;

            Answer(Runnable say, int missing) {
                this.say = say;
                this.missing = missing;
            }
        }

        Connection(TopicNode node, boolean clean) {
            this.node = node;
            Will last = null;
            atOnce = dice.oneIn(2);
            String text = null;
            if (plan.mortal()) {
                text = "will " + name() + "-" + lives++;
                ledger.willMayCome(text);
                TopicMessage message =
                        new TopicMessage("wills/" + name(), 2, 0, bytes(text), bytes(text));
                last = new Will(message, false, atOnce ? 0 : dice.between(1, 3));
            }
            will = text;
            long expiry = plan.mortal() && dice.oneIn(2) ? dice.between(0, 2) : TopicCommand.NEVER;
            node.offer(
                    node.shardOf(name()),
                    new TopicCommand.Attach(
                            this,
                            1,
                            TopicNode.HOST,
                            name(),
                            clean,
                            expiry,
                            dice.between(1, 20),
                            last,
                            null));
        }

        // ---- packets

        boolean arriveHere() {
            Runnable packet = here.poll();
            if (packet != null && !over) {
                packet.run();
                if (lazy && here.isEmpty() && holds) {
                    node.offer(Target.shardOf(held), new TopicCommand.Resume(this, held));
                }
            }
            return packet != null;
        }

        boolean arriveThere() {
            Runnable packet = there.poll();
            if (packet != null && !over) {
                packet.run();
            }
            return packet != null;
        }

        void changeMind() {
            lazy = !lazy;
            calmOrNot();
        }

        void calm() {
            lazy = false;
            calmOrNot();
        }

        private void calmOrNot() {
            if (holds && !over) {
                node.offer(Target.shardOf(held), new TopicCommand.Resume(this, held));
            }
        }

        /// It ends while both sides live: with or without a farewell.
        void end(boolean badly) {
            if (!over) {
                farewell = !badly;
                died();
                connection = null;
            }
        }

        /// It is of no use any more.
        void died() {
            if (over) {
                return;
            }
            abandoned();
            if (holds && node.failure() == null) {
                node.connected(held, false);
                node.offer(
                        Target.shardOf(held), new TopicCommand.Detach(this, held, !farewell, -1));
            }
        }

        /// The device is gone, and the node does not know it yet.
        void abandoned() {
            over = true;
            here.clear();
            there.clear();
            if (holds && will != null && atOnce && watched && !farewell) {
                ledger.willMustCome(will);
            }
        }

        void send(int id, Out out) {
            there.add(() -> publish(id, out));
        }

        // ---- the node's end

        private void publish(int id, Out out) {
            ByteBuffer payload = out.body.startsWith("clear") ? bytes("") : bytes(out.body);
            TopicMessage message =
                    new TopicMessage(out.topic, out.qos, 0, bytes(out.body), payload);
            List<Target> targets = node.route(message);
            ledger.routed(out.body, targets);
            int keeper = out.retain ? node.shardOf(out.topic) : TopicHost.NOWHERE;
            if (out.qos == 2) {
                Answer answer = new Answer(() -> arrived(id), 1);
                answers.add(answer);
                offer(
                        Target.shardOf(held),
                        new TopicCommand.Origin(held, id),
                        message,
                        keeper,
                        targets,
                        answer);
                return;
            }
            TreeMap<Integer, List<Target>> byShard = new TreeMap<>();
            for (Target target : targets) {
                byShard.computeIfAbsent(Target.shardOf(target.session()), key -> new ArrayList<>())
                        .add(target);
            }
            if (keeper >= 0) {
                byShard.computeIfAbsent(keeper, key -> new ArrayList<>());
            }
            Answer answer = new Answer(() -> acknowledged(id), byShard.size());
            answers.add(answer);
            byShard.forEach((shard, those) ->
                    offer(
                            shard,
                            null,
                            message,
                            shard == keeper ? keeper : TopicHost.NOWHERE,
                            those,
                            answer));
            answer();
        }

        private void offer(
                int shard,
                TopicCommand.@Nullable Origin origin,
                TopicMessage message,
                int keeper,
                List<Target> targets,
                Answer answer) {
            long token = ++lastToken;
            pending.put(token, answer);
            node.offer(
                    shard,
                    new TopicCommand.Publish(
                            this, token, origin, TopicNode.HOST, message, keeper, targets));
        }

        private void answer() {
            while (!answers.isEmpty() && answers.getFirst().missing <= 0) {
                here.add(answers.removeFirst().say);
            }
        }

        @Override
        public void onAccepted(long from, long to) {
            for (long token = from; token <= to; token++) {
                onKnown(token);
            }
        }

        @Override
        public void onKnown(long token) {
            Answer answer = pending.remove(token);
            if (answer != null) {
                answer.missing--;
                answer();
            }
        }

        @Override
        public void onRefused(long token, Reason reason) {
            if (!over) {
                throw new Violation("refused: " + reason);
            }
        }

        @Override
        public void onReply(long token, TopicReply reply) {
            if (reply instanceof TopicReply.Attached attached) {
                held = attached.session();
                if (over) {
                    node.offer(
                            Target.shardOf(held),
                            new TopicCommand.Detach(this, held, !farewell, -1));
                    return;
                }
                holds = true;
                node.connected(held, true);
                for (Subscription one : attached.subscriptions()) {
                    gather(one);
                }
                here.add(() -> began(attached));
            } else if (reply instanceof TopicReply.Refused refused && !over) {
                throw new Violation("refused: " + refused.reason());
            }
        }

        private void gather(Subscription one) {
            if (one.shared()) {
                for (int shard = 0; shard < node.shards(); shard++) {
                    node.offer(shard, new TopicCommand.Gather(TopicNode.HOST, one.filter()));
                }
            }
        }

        @Override
        public void onDelivery(TopicDelivery delivery) {
            String body = StandardCharsets.UTF_8.decode(delivery.properties()).toString();
            Object form = delivery.form();
            if (form == null) {
                delivery.form(body);
            } else if (!form.equals(body)) {
                throw new IllegalStateException(body + " is given as " + form);
            }
            int id = delivery.packetId();
            boolean repeated = delivery.repeated();
            int qos = delivery.terms().qos();
            boolean shared = delivery.terms().shared();
            here.add(() -> received(id, body, repeated, qos, shared));
        }

        @Override
        public void onRelease(int packetId, boolean known) {
            here.add(() -> {
                received.remove(packetId);
                settle(packetId, Step.COMPLETED);
            });
        }

        @Override
        public void onComplete(int packetId, boolean known) {
            here.add(() -> outgoing.remove(packetId));
        }

        @Override
        public boolean ready() {
            return !lazy || here.size() < 2;
        }

        @Override
        public void onTakenOver(long which) {
            if (!over) {
                throw new Violation("taken over by nobody: " + name());
            }
        }

        @Override
        public void onEnded(long which) {
            if (!over) {
                throw new Violation("ended by nobody: " + name());
            }
        }

        // ---- the device's end

        private void began(TopicReply.Attached attached) {
            boolean must = hasSession && !plan.mortal();
            if (must && (!attached.present() || attached.session() != session)) {
                throw new Violation("the session of " + name() + " is gone");
            }
            if (!attached.present() || !hasSession || attached.session() != session) {
                forget();
            }
            hasSession = true;
            cleaning = false;
            session = attached.session();
            up = true;
            history.note(130, session, () -> name() + " holds session " + session);
            TreeSet<String> there = new TreeSet<>();
            attached.subscriptions().forEach(one -> there.add(one.filter()));
            if (!there.containsAll(subscribed)) {
                throw new Violation("subscriptions of " + name() + " are gone: " + subscribed);
            }
            for (Subscription one : plan.subscriptions()) {
                if (!there.contains(one.filter())) {
                    subscribe(one);
                }
            }
            outgoing.forEach((id, out) -> {
                if (out.arrived) {
                    release(id);
                } else {
                    send(id, out);
                }
            });
        }

        private void subscribe(Subscription one) {
            there.add(() ->
                    node.offer(
                            Target.shardOf(held),
                            new TopicCommand.Subscribe(
                                    new Listener(this, one), 1, held, List.of(one))));
        }

        private void subscribed(Subscription one) {
            if (over) {
                return;
            }
            gather(one);
            if (one.filter().startsWith("wills/")) {
                ledger.watches();
            }
            here.add(() -> subscribed.add(one.filter()));
        }

        private void received(int id, String body, boolean repeated, int qos, boolean shared) {
            boolean taken = qos < 2 || received.add(id);
            history.note(
                    131,
                    id,
                    () ->
                            "%s got %s as %d%s%s"
                                    .formatted(
                                            name(),
                                            body,
                                            id,
                                            repeated ? ", repeated" : "",
                                            taken ? "" : ", known"));
            ledger.received(name(), session, body, id, repeated, qos, shared, taken);
            settle(id, qos == 2 ? Step.RECEIVED : Step.ACKNOWLEDGED);
        }

        private void settle(int id, Step step) {
            there.add(() ->
                    node.offer(
                            Target.shardOf(held), new TopicCommand.Settle(this, held, id, step)));
        }

        private void acknowledged(int id) {
            Out out = outgoing.remove(id);
            if (out != null) {
                ledger.acknowledged(out.body);
            }
        }

        private void arrived(int id) {
            Out out = outgoing.get(id);
            if (out != null && !out.arrived) {
                out.arrived = true;
                ledger.acknowledged(out.body);
            }
            release(id);
        }

        private void release(int id) {
            there.add(() ->
                    node.offer(Target.shardOf(held), new TopicCommand.Release(this, held, id)));
        }
    }

    /// Hears of one subscription.
    private record Listener(Connection connection, Subscription subscription)
            implements TopicClient {
        @Override
        public void onReply(long token, TopicReply reply) {
            if (reply instanceof TopicReply.Subscribed) {
                connection.subscribed(subscription);
            }
        }

        @Override
        public void onAccepted(long from, long to) {}

        @Override
        public void onKnown(long token) {}

        @Override
        public void onRefused(long token, Reason reason) {}

        @Override
        public void onDelivery(TopicDelivery delivery) {}

        @Override
        public void onRelease(int packetId, boolean known) {}

        @Override
        public void onComplete(int packetId, boolean known) {}

        @Override
        public boolean ready() {
            return false;
        }

        @Override
        public void onTakenOver(long which) {}

        @Override
        public void onEnded(long which) {}
    }
}
