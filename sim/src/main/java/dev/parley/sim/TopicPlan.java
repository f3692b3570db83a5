package dev.parley.sim;

import dev.parley.api.Reason;
import dev.parley.core.log.CorruptLogException;
import dev.parley.core.log.Disk;
import dev.parley.core.log.DiskException;
import dev.parley.core.log.Engine;
import dev.parley.core.log.Log;
import dev.parley.core.log.LogConfig;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.TopicClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicDelivery;
import dev.parley.core.topic.TopicMessage;
import dev.parley.core.topic.TopicReply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One run with topics: devices with durable sessions publish and subscribe while the node is
/// killed, loses power, stops well, fails and starts again.
final class TopicPlan {
    private static final int REST_STEPS = 20_000;
    private static final int STARTS = 12;

    /// A mistake that can be planted into a run, to prove that the ledger finds it. The product
    /// knows nothing of it: its ports are wrapped.
    enum Mistake {
        NONE,

        /// Replay does not hear up to where deliveries may have happened.
        FORGOTTEN_ATTEMPT,

        /// Replay passes over the packet ids that senders released.
        FORGOTTEN_RELEASE,

        /// Replay takes what was received for what was completed.
        FORGOTTEN_RECEIPT,

        /// Replay passes over messages of groups that went to another member.
        FORGOTTEN_HANDOVER,

        /// What is on its way to the disk counts as durable.
        EARLY_CONFIRM,

        /// One sync of the log in four does nothing.
        SKIPPED_SYNC;

        // Types of the topic machine's records, as in its table.
        private static final int RELEASE = 71;
        private static final int ATTEMPT = 72;
        private static final int HANDOVER = 73;
        private static final int SETTLE_RUN = 78;

        /// Where such a record says what became of its first run.
        private static final int OUTCOME = 24;

        /// Whether replay leaves this record out.
        boolean hides(int type, ByteBuffer payload) {
            return switch (this) {
                case FORGOTTEN_ATTEMPT -> type == ATTEMPT;
                case FORGOTTEN_RELEASE -> type == RELEASE;
                case FORGOTTEN_RECEIPT ->
                        type == SETTLE_RUN && payload.get(payload.position() + OUTCOME) == 1;
                case FORGOTTEN_HANDOVER -> type == HANDOVER;
                case NONE, EARLY_CONFIRM, SKIPPED_SYNC -> false;
            };
        }
    }

    private final Dice dice;
    private final History history;
    private final SimDisk disk;
    private final SimTime time = new SimTime();
    private final TopicLedger ledger;
    private final List<TopicDevice> devices = new ArrayList<>();
    private final Mistake mistake;
    private final LogConfig log;
    private final boolean powerFails;
    private final boolean ioFails;
    private long generation = 1;
    private int lives;
    private int syncs;

    private TopicPlan(long seed, Mistake mistake, boolean text) {
        dice = new Dice(seed);
        history = new History(text);
        this.mistake = mistake;
        disk = new SimDisk(dice.split(), history);
        ledger = new TopicLedger(history);
        int segment = (32 << 10) << dice.below(2);
        log =
                new LogConfig(
                        dice.between(1, 4),
                        segment,
                        4096 << dice.below(3),
                        (16L << 10) << dice.below(4),
                        (long) segment * dice.between(2, 5),
                        4L * segment,
                        1 << 20);
        powerFails = !dice.oneIn(4);
        ioFails = dice.oneIn(3);
        cast();
    }

    private void cast() {
        add("all", false, new Subscription("t/#", 2, false, false, 0));
        add(
                "some",
                false,
                new Subscription("t/+/1", 1, false, false, 0),
                new Subscription("t/all/#", 2, false, false, 0));
        add("late", false, new Subscription("+/m0/+", 2, false, false, 0));
        add("watcher", false, new Subscription("wills/+", 2, false, false, 0));
        for (int n = 0; n < 3; n++) {
            add(
                    "m" + n,
                    false,
                    new Subscription("$share/g/jobs/#", n == 1 ? 1 : 2, false, false, 0));
        }
        add("mortal0", true);
        add("mortal1", true);
    }

    private void add(String name, boolean mortal, Subscription... subscriptions) {
        TopicDevice.Plan plan = new TopicDevice.Plan(name, List.of(subscriptions), mortal);
        devices.add(new TopicDevice(plan, ledger, dice.split(), history));
    }

    /// Runs one seed.
    ///
    /// @param text whether to keep the history as text
    static Simulation.Outcome run(long seed, Mistake mistake, boolean text) {
        return new TopicPlan(seed, mistake, text).outcome(seed);
    }

    private Simulation.Outcome outcome(long seed) {
        String violation = null;
        Throwable cause = null;
        try {
            run();
        } catch (PowerCut e) {
            throw new IllegalStateException("a power cut out of place, seed " + seed, e);
        } catch (RuntimeException e) {
            violation = e instanceof Violation ? e.getMessage() : e.toString();
            cause = e;
        }
        return new Simulation.Outcome(
                seed,
                violation,
                cause,
                history.hash(),
                history.events(),
                ledger.confirms(),
                ledger.deliveries(),
                lives,
                history.lines());
    }

    private void run() {
        for (int n = dice.between(1, 4); n > 0; n--) {
            live();
        }
        while (!finish()) {
            devices.forEach(TopicDevice::orphaned);
        }
    }

    private void live() {
        boolean power = false;
        TopicNode node = start(ioFails && dice.oneIn(3));
        try {
            // The watcher sees all wills, so it comes first.
            settle(node, false);
            work(node);
            power = end(node);
        } catch (PowerCut e) {
            power = true;
        }
        devices.forEach(TopicDevice::orphaned);
        disk.failNoMore();
        if (power) {
            disk.losePower();
        }
    }

    /// A last start, and everything is delivered; returns false when the log failed meanwhile.
    private boolean finish() {
        TopicNode node = start(false);
        devices.forEach(TopicDevice::orphaned);
        settle(node, true);
        time.pass(10_000);
        settle(node, true);
        if (node.failure() != null) {
            return false;
        }
        Map<Long, String> clients = new HashMap<>();
        for (TopicDevice device : devices) {
            if (device.session() != 0 && !device.isMortal()) {
                clients.put(device.session(), device.name());
            }
        }
        ledger.audit(clients);
        ledger.auditRetained(retained(node));
        if (!node.damage().isEmpty()) {
            throw new Violation("told of damage where there is none: " + node.damage());
        }
        return true;
    }

    private TopicNode start(boolean withFaults) {
        for (int tries = 0; tries < STARTS; tries++) {
            if (withFaults && tries < 3) {
                disk.failIn(dice.below(60), fault(), 1);
            }
            lives++;
            try {
                TopicNode node =
                        new TopicNode(
                                this::wrapped,
                                this::wrapped,
                                disk,
                                log,
                                dice.split(),
                                time,
                                history,
                                ledger::groupEmpties);
                disk.failNoMore();
                return node;
            } catch (PowerCut e) {
                disk.losePower();
            } catch (DiskException e) {
                if (disk.faults() == 0) {
                    throw new Violation("the node does not start: " + e.getMessage(), e);
                }
                disk.failNoMore();
            } catch (CorruptLogException e) {
                throw new Violation("the node does not start: " + e.getMessage(), e);
            }
        }
        throw new Violation("the node does not start");
    }

    private SimDisk.Fault fault() {
        return powerFails && dice.oneIn(2)
                ? SimDisk.Fault.POWER_CUT
                : dice.oneIn(4) ? SimDisk.Fault.FULL : SimDisk.Fault.FAILED;
    }

    private void work(TopicNode node) {
        if (ioFails && !dice.oneIn(3)) {
            disk.failIn(dice.below(300), fault(), dice.between(1, 3));
        }
        for (int n = dice.between(100, 1200); n > 0 && node.failure() == null; n--) {
            switch (dice.weighted(60, 20, 20, 8, 10, 1)) {
                case 0 -> dice.pick(devices).act(node);
                case 1 -> node.loopTurn();
                case 2 -> writer(node);
                case 3 -> keeper(node);
                case 4 -> time.pass(dice.between(0, 8));
                default -> time.pass(dice.between(50, 1500));
            }
        }
    }

    private void writer(TopicNode node) {
        disk.generation(++generation);
        node.writerTurn();
    }

    private static void keeper(TopicNode node) {
        try {
            node.keeperTurn();
        } catch (DiskException e) {
            throw new Violation("the log's keeper dies of " + e.getMessage(), e);
        }
    }

    /// Lets everything happen that is under way.
    ///
    /// @param everybody whether all devices connect; otherwise those that watch
    private void settle(TopicNode node, boolean everybody) {
        int idle = 0;
        for (int n = 0; n < REST_STEPS && idle < 20; n++) {
            if (node.failure() != null) {
                return;
            }
            boolean busy = node.busy();
            for (TopicDevice device : devices) {
                if (everybody || !device.isMortal()) {
                    busy |= device.drain(node);
                }
            }
            node.loopTurn();
            writer(node);
            keeper(node);
            time.pass(busy ? 1 : 40);
            idle = busy ? 0 : idle + 1;
        }
        if (idle < 20) {
            throw new Violation("the node does not come to rest");
        }
    }

    /// How the node ends; returns whether the power fails.
    private boolean end(TopicNode node) {
        if (node.failure() != null) {
            return false;
        }
        int how = dice.weighted(3, 3, powerFails ? 6 : 0);
        if (how == 0) {
            disk.failNoMore();
            settle(node, true);
            devices.forEach(TopicDevice::leave);
            for (int n = 0; n < 100 && node.failure() == null; n++) {
                node.loopTurn();
                writer(node);
                keeper(node);
            }
            if (node.failure() == null) {
                node.rest();
                for (int n = 0; n < 1000 && node.failure() == null && node.resting(); n++) {
                    node.loopTurn();
                    writer(node);
                    keeper(node);
                }
                node.close();
            }
            return false;
        }
        return how == 2;
    }

    // ---- looking

    private Map<String, String> retained(TopicNode node) {
        Map<String, String> found = new TreeMap<>();
        for (int shard = 0; shard < node.shards(); shard++) {
            String after = null;
            do {
                Look look = new Look();
                node.offer(
                        shard, new TopicCommand.Retained(look, 1, TopicNode.HOST, "#", after, 3));
                settle(node, true);
                TopicReply.Retained reply = look.reply;
                if (reply == null) {
                    throw new Violation("nobody can look for retained messages");
                }
                for (TopicMessage message : reply.messages()) {
                    found.put(
                            message.topic(),
                            StandardCharsets.UTF_8.decode(message.payload()).toString());
                }
                after = reply.next();
            } while (after != null);
        }
        return found;
    }

    private static final class Look implements TopicClient {
        private TopicReply.@Nullable Retained reply;

        @Override
        public void onReply(long token, TopicReply answer) {
            reply = (TopicReply.Retained) answer;
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
        public void onTakenOver(long session) {}

        @Override
        public void onEnded(long session) {}
    }

    // ---- mistakes

    private Disk wrapped(Disk real) {
        if (mistake != Mistake.SKIPPED_SYNC) {
            return real;
        }
        return new Wrapped.OfDisk(real) {
            @Override
            public File open(String name, boolean create) {
                return new Wrapped.OfFile(super.open(name, create)) {
                    @Override
                    public void sync() {
                        if (!name.startsWith("log-") || ++syncs % 4 != 0) {
                            super.sync();
                        }
                    }
                };
            }
        };
    }

    private Engine wrapped(Engine real) {
        return new Wrapped.OfEngine(real) {
            @Override
            public Log open(int shard, int lane, Log.Owner owner) {
                Log opened =
                        super.open(
                                shard,
                                lane,
                                new Wrapped.OfOwner(owner) {
                                    @Override
                                    public void replay(
                                            int type, long position, ByteBuffer payload) {
                                        if (!mistake.hides(type, payload)) {
                                            super.replay(type, position, payload);
                                        }
                                    }
                                });
                if (mistake != Mistake.EARLY_CONFIRM) {
                    return opened;
                }
                return new Wrapped.OfLog(opened) {
                    @Override
                    public long durable() {
                        return head();
                    }
                };
            }
        };
    }
}
