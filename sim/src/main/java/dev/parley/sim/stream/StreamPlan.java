package dev.parley.sim.stream;

import dev.parley.core.log.CorruptLogException;
import dev.parley.core.log.Disk;
import dev.parley.core.log.DiskException;
import dev.parley.core.log.Engine;
import dev.parley.core.log.Log;
import dev.parley.core.log.LogConfig;
import dev.parley.core.stream.Start;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamConfig;
import dev.parley.core.stream.StreamReply;
import dev.parley.core.stream.StreamSpec;
import dev.parley.front.stream.StreamAsker;
import dev.parley.sim.Dice;
import dev.parley.sim.History;
import dev.parley.sim.PowerCut;
import dev.parley.sim.SimDisk;
import dev.parley.sim.SimTime;
import dev.parley.sim.Simulation;
import dev.parley.sim.Violation;
import dev.parley.sim.Wrapped;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// One run with streams: publishers and readers work while the node is killed, loses power, stops
/// well, fails and starts again.
public final class StreamPlan {
    private static final int REST_STEPS = 20_000;
    private static final int STARTS = 12;

    /// A mistake that can be planted into a run, to prove that the ledger finds it. The product
    /// knows nothing of it: its ports are wrapped.
    public enum Mistake {
        NONE,

        /// Replay passes over how far cursors are.
        FORGOTTEN_CURSOR,

        /// Replay passes over what was handed out for cursors.
        FORGOTTEN_ATTEMPT,

        /// A snapshot does not say that the segment of which least is alive is still needed.
        UNCOUNTED_SEGMENT,

        /// Replay passes over what was dropped.
        FORGOTTEN_TRIM,

        /// Replay passes over what was removed.
        FORGOTTEN_DELETE,

        /// What is on its way to the disk counts as durable.
        EARLY_CONFIRM,

        /// One sync of the log in four does nothing.
        SKIPPED_SYNC;

        // Types of the stream machine's records, as in its table.
        private static final int DELETE = 97;
        private static final int TRIM = 101;
        private static final int CURSOR = 102;
        private static final int ATTEMPT = 104;

        boolean hides(int type) {
            return switch (this) {
                case FORGOTTEN_CURSOR -> type == CURSOR;
                case FORGOTTEN_ATTEMPT -> type == ATTEMPT;
                case FORGOTTEN_TRIM -> type == TRIM;
                case FORGOTTEN_DELETE -> type == DELETE;
                case NONE, UNCOUNTED_SEGMENT, EARLY_CONFIRM, SKIPPED_SYNC -> false;
            };
        }
    }

    private final Dice dice;
    private final History history;
    private final SimDisk disk;
    private final SimTime time = new SimTime();
    private final StreamLedger ledger;
    private final List<Long> streams = new ArrayList<>();
    private final List<StreamWriter> writers = new ArrayList<>();
    private final List<StreamGroup> groups = new ArrayList<>();
    private final StreamOperator operator;
    private final Mistake mistake;
    private final StreamNode.Make make;
    private final boolean powerFails;
    private final boolean ioFails;
    private long generation = 1;
    private int lives;
    private int syncs;

    private StreamPlan(long seed, Mistake mistake, boolean text) {
        dice = new Dice(seed);
        history = new History(text);
        this.mistake = mistake;
        disk = new SimDisk(dice.split(), history);
        ledger = new StreamLedger(history);
        operator = new StreamOperator(streams, groups, ledger, dice.split(), history);
        int segment = (32 << 10) << dice.below(2);
        LogConfig log =
                new LogConfig(
                        dice.between(1, 3),
                        segment,
                        4096 << dice.below(3),
                        (16L << 10) << dice.below(4),
                        (long) segment * dice.between(2, 5),
                        4L * segment,
                        1 << 20);
        StreamConfig small =
                new StreamConfig(
                        dice.between(500, 4_000),
                        dice.between(2, 40),
                        dice.between(100, 1_200),
                        dice.between(1_000, 8_000),
                        128 << 10 << dice.below(3));
        make = new StreamNode.Make(this::wrapped, this::wrapped, log, small);
        powerFails = !dice.oneIn(4);
        ioFails = dice.oneIn(3);
        cast();
    }

    private void cast() {
        long none = StreamSpec.NONE;
        add(StreamSpec.EVERYTHING);
        add(new StreamSpec(none, none, dice.between(5, 80), false));
        add(new StreamSpec(dice.between(1_000, 8_000), none, none, false));
        add(new StreamSpec(none, dice.between(2_000, 20_000), none, false));
        add(new StreamSpec(none, none, none, true));
        for (int n = 0; n < 3; n++) {
            writers.add(new StreamWriter("w" + n, streams, ledger, dice.split()));
        }
    }

    private void add(StreamSpec spec) {
        streams.add(operator.make(spec));
    }

    /// Runs one seed.
    ///
    /// @param text whether to keep the history as text
    public static Simulation.Outcome run(long seed, Mistake mistake, boolean text) {
        return new StreamPlan(seed, mistake, text).outcome(seed);
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
            orphan();
        }
    }

    private void orphan() {
        writers.forEach(StreamWriter::orphaned);
        groups.forEach(StreamGroup::orphaned);
        ledger.restarts();
    }

    private void live() {
        boolean power = false;
        StreamNode node = start(ioFails && dice.oneIn(3));
        try {
            work(node);
            power = end(node);
        } catch (PowerCut e) {
            power = true;
        }
        orphan();
        disk.failNoMore();
        if (power) {
            disk.losePower();
        }
    }

    /// A last start, and everything is read; returns false when the log failed meanwhile.
    private boolean finish() {
        StreamNode node = start(false);
        orphan();
        settle(node, true);
        for (long stream : streams) {
            List<StreamReply.Kept> page = all(node, stream, new Start.First());
            if (node.failure() != null) {
                return false;
            }
            ledger.audit(stream, page, time.wall());
            if (!page.isEmpty()) {
                long millis = dice.pick(page).timeMillis() + dice.below(2);
                List<StreamReply.Kept> since = all(node, stream, new Start.Since(millis));
                if (node.failure() != null) {
                    return false;
                }
                ledger.auditSince(stream, millis, page, since);
            }
            for (StreamGroup group : groups) {
                StreamLedger.Progress progress = group.progress();
                if (group.stream() == stream && progress != null) {
                    ledger.audit(progress, page);
                }
            }
        }
        operator.lookFor(node);
        settle(node, true);
        if (!node.damage().isEmpty()) {
            throw new Violation("told of damage where there is none: " + node.damage());
        }
        return true;
    }

    private StreamNode start(boolean withFaults) {
        for (int tries = 0; tries < STARTS; tries++) {
            if (withFaults && tries < 3) {
                disk.failIn(dice.below(60), fault(), 1);
            }
            lives++;
            try {
                StreamNode node = new StreamNode(make, disk, dice.split(), time, history);
                disk.failNoMore();
                operator.reconcile(node);
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

    private void work(StreamNode node) {
        if (ioFails && !dice.oneIn(3)) {
            disk.failIn(dice.below(300), fault(), dice.between(1, 3));
        }
        for (int n = dice.between(100, 1200); n > 0 && node.failure() == null; n--) {
            switch (dice.weighted(25, 45, 20, 20, 8, 10, 1, 2)) {
                case 0 -> dice.pick(writers).act(node);
                case 1 -> dice.pick(groups).act(node);
                case 2 -> node.loopTurn();
                case 3 -> writer(node);
                case 4 -> keeper(node);
                case 5 -> time.pass(dice.between(0, 8));
                case 6 -> time.pass(dice.between(50, 1500));
                default -> operator.act(node);
            }
        }
    }

    private void writer(StreamNode node) {
        disk.generation(++generation);
        node.writerTurn();
    }

    private static void keeper(StreamNode node) {
        try {
            node.keeperTurn();
        } catch (DiskException e) {
            throw new Violation("the log's keeper dies of " + e.getMessage(), e);
        }
    }

    /// Lets everything happen that is under way.
    ///
    /// @param reading whether everybody reads and settles all there is
    private void settle(StreamNode node, boolean reading) {
        int idle = 0;
        for (int n = 0; n < REST_STEPS && idle < 20; n++) {
            if (node.failure() != null) {
                return;
            }
            boolean busy = node.busy();
            if (reading) {
                for (StreamGroup group : groups) {
                    busy |= group.drain(node);
                }
            }
            node.loopTurn();
            writer(node);
            keeper(node);
            time.pass(busy ? 1 : 5);
            idle = busy ? 0 : idle + 1;
        }
        if (idle < 20) {
            throw new Violation("the node does not come to rest");
        }
    }

    /// How the node ends; returns whether the power fails.
    private boolean end(StreamNode node) {
        if (node.failure() != null) {
            return false;
        }
        int how = dice.weighted(3, 3, powerFails ? 6 : 0);
        if (how == 0) {
            disk.failNoMore();
            settle(node, dice.oneIn(2));
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

    /// Everything that a stream keeps from somewhere on.
    private List<StreamReply.Kept> all(StreamNode node, long stream, Start from) {
        List<StreamReply.Kept> found = new ArrayList<>();
        Start start = from;
        while (true) {
            List<StreamReply> replies = new ArrayList<>();
            StreamAsker look = new StreamAsker(replies::add);
            node.offer(stream, new StreamCommand.Read(look, 1, stream, start, 50, 10_000));
            settle(node, true);
            if (replies.isEmpty()) {
                if (node.failure() != null) {
                    return found;
                }
                throw new Violation("nobody can look into stream " + stream);
            }
            StreamReply.Page page = (StreamReply.Page) replies.getFirst();
            found.addAll(page.messages());
            if (page.messages().isEmpty()) {
                return found;
            }
            start = new Start.At(page.next());
        }
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
                                        if (!mistake.hides(type)) {
                                            super.replay(type, position, payload);
                                        }
                                    }
                                });
                return switch (mistake) {
                    case EARLY_CONFIRM -> early(opened);
                    case UNCOUNTED_SEGMENT -> uncounting(opened);
                    case NONE,
                            FORGOTTEN_CURSOR,
                            FORGOTTEN_ATTEMPT,
                            FORGOTTEN_TRIM,
                            FORGOTTEN_DELETE,
                            SKIPPED_SYNC ->
                            opened;
                };
            }
        };
    }

    private static Log early(Log real) {
        return new Wrapped.OfLog(real) {
            @Override
            public long durable() {
                return head();
            }
        };
    }

    private static Log uncounting(Log real) {
        return new Wrapped.OfLog(real) {
            @Override
            public void snapshot(ByteBuffer state, List<LiveSegment> live) {
                LiveSegment least =
                        live.stream()
                                .min(Comparator.comparingLong(LiveSegment::bytes))
                                .orElse(null);
                super.snapshot(state, live.stream().filter(one -> one != least).toList());
            }
        };
    }
}
