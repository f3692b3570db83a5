package dev.parley.sim;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.log.CorruptLogException;
import dev.parley.core.log.DiskException;
import dev.parley.core.queue.PeekedMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One run: a node lives, works, ends in one of many ways, and lives again on what its disk kept.
public final class Simulation {
    /// What became of a run.
    ///
    /// @param violation what was broken, or null
    /// @param hash of everything that happened
    /// @param history the last lines, if they were asked for
    public record Outcome(
            long seed,
            @Nullable String violation,
            @Nullable Throwable cause,
            long hash,
            long events,
            long confirms,
            long deliveries,
            int lives,
            List<String> history) {
        public boolean broken() {
            return violation != null;
        }
    }

    /// Why a life ended.
    private enum End {
        CLEAN,
        KILLED,
        POWER
    }

    private static final int REST_STEPS = 20_000;

    /// Delays that began when a message was read end this many milliseconds later at most.
    private static final int FAR = 60_000;

    /// More than the octets of a purge.
    private static final int PURGE = 40;

    private static final int STARTS = 12;
    private static final int LOOKS_MAX = 8;

    /// A batch is certainly known to be durable by what follows it this many batches later.
    private static final int KNOWN_DURABLE = 4;

    private final Dice dice;
    private final History history;
    private final Profile profile;
    private final Bug.Plant plant;
    private final SimDisk disk;
    private final SimTime time = new SimTime();
    private final Ledger ledger;
    private final SimClient.Publishers publishers = new SimClient.Publishers();
    private final Atlas atlas = new Atlas();
    private @Nullable Operator operator;
    private final Repeats repeats = new Repeats();
    private final List<SimClient> clients = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private int clientNumber;
    private long generation = 1;
    private int lives;
    private boolean damaged;
    private boolean frozen;

    private Simulation(long seed, Bug bug, boolean text) {
        dice = new Dice(seed);
        history = new History(text);
        profile = Profile.of(dice);
        plant = bug.plant();
        disk = new SimDisk(dice.split(), history);
        ledger = new Ledger(history, profile.queues());
        if (profile.capacity() > 0) {
            disk.capacity(profile.capacity());
        }
        history.note(0, seed, () -> "seed " + seed + ": " + profile);
    }

    /// Runs one seed.
    ///
    /// @param text whether to keep the history as text
    static Outcome run(long seed, Bug bug, boolean text) {
        return new Simulation(seed, bug, text).outcome(seed);
    }

    /// Runs one seed with an input or output call that fails in one way.
    static Outcome runWithFault(long seed, long call, SimDisk.Fault fault) {
        Simulation simulation = new Simulation(seed, Bug.NONE, false);
        simulation.disk.bind(call, fault);
        return simulation.outcome(seed);
    }

    private Outcome outcome(long seed) {
        String violation = null;
        Throwable cause = null;
        try {
            run();
        } catch (Violation e) {
            violation = e.getMessage();
            cause = e;
        } catch (PowerCut e) {
            throw new IllegalStateException("a power cut out of place, seed " + seed, e);
        } catch (RuntimeException e) {
            violation = e.toString();
            cause = e;
        }
        return new Outcome(
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
        for (int life = 1; life <= profile.lives(); life++) {
            live(life == profile.lives());
        }
        while (!finish()) {
            ledger.ended(false);
        }
    }

    /// A last start, and everything is taken out; returns false when the log failed meanwhile.
    private boolean finish() {
        SimNode node = start(false);
        if (node == null) {
            return true;
        }
        try {
            if (!damaged) {
                audit(node);
            }
            // Damage is found, and told, when what it has hit is wanted.
            drain(node);
            audit(node);
            if (node.failure() == null && !damaged) {
                ledger.allOut();
            }
            return node.failure() == null;
        } catch (PowerCut e) {
            disk.losePower();
            return false;
        }
    }

    // ---- one life

    private void live(boolean last) {
        End end;
        SimNode node = start(!profile.damages() && profile.ioFails() && dice.oneIn(3));
        if (node == null) {
            return;
        }
        try {
            audit(node);
            work(node);
            end = end(node);
        } catch (PowerCut e) {
            end = End.POWER;
        }
        clients.forEach(SimClient::orphaned);
        clients.clear();
        disk.failNoMore();
        ledger.ended(end == End.CLEAN);
        atlas.restart();
        if (end == End.POWER || (profile.powerFails() && dice.oneIn(4))) {
            disk.losePower();
        }
        if (last && profile.damages()) {
            damage();
        }
        if (profile.clockJumps()) {
            time.jump(dice.between(-5_000, 5_000));
        }
    }

    private void damage() {
        List<String> names = new ArrayList<>();
        for (String name : disk.files().keySet()) {
            if (name.startsWith("log-") || name.startsWith("snapshot-")) {
                names.add(name);
            }
        }
        String name = dice.pick(names);
        SimFile file = disk.files().get(name);
        if (file != null) {
            damaged = disk.flip(file, generation - KNOWN_DURABLE);
        }
    }

    /// Starts the node on what the disk holds; null when it rightly refuses.
    private @Nullable SimNode start(boolean withFaults) {
        for (int tries = 0; tries < STARTS; tries++) {
            if (withFaults && tries < 3) {
                boolean cut = profile.powerFails() && dice.oneIn(2);
                SimDisk.Fault fault =
                        cut
                                ? SimDisk.Fault.POWER_CUT
                                : dice.oneIn(4) ? SimDisk.Fault.FULL : SimDisk.Fault.FAILED;
                disk.failIn(dice.below(60), fault, 1);
            }
            lives++;
            try {
                SimNode node = new SimNode(disk, plant, profile, dice.split(), time, history);
                disk.failNoMore();
                ledger.begin(node.home()::wallMillis);
                operator = new Operator(node, ledger, dice.split(), history, publishers.next());
                return node;
            } catch (PowerCut e) {
                disk.losePower();
            } catch (DiskException e) {
                if (disk.faults() == 0 && profile.capacity() == 0) {
                    throw new Violation("the node does not start: " + e.getMessage(), e);
                }
                disk.failNoMore();
                disk.capacity(Long.MAX_VALUE);
            } catch (CorruptLogException e) {
                if (!damaged) {
                    throw new Violation("the node does not start: " + e.getMessage(), e);
                }
                return null;
            }
        }
        throw new Violation("the node does not start");
    }

    private void work(SimNode node) {
        declareAll(node);
        if (profile.ioFails() && !dice.oneIn(3)) {
            boolean cut = profile.powerFails() && dice.oneIn(2);
            SimDisk.Fault fault =
                    cut
                            ? SimDisk.Fault.POWER_CUT
                            : dice.oneIn(3) ? SimDisk.Fault.FULL : SimDisk.Fault.FAILED;
            disk.failIn(dice.below(cut ? 400 : 150), fault, dice.between(1, 3));
        }
        if (profile.travels() && node.failure() == null && node.home().roomy()) {
            Traveller.Patience patience = enough -> settle(node, enough);
            new Traveller(node, atlas, dice.split(), history, patience).visit();
            rest(node);
        }
        for (int i = 0; i < profile.steps() && node.failure() == null; i++) {
            step(node);
        }
    }

    private SimClient connect(SimNode node) {
        SimClient client =
                new SimClient(
                        ++clientNumber,
                        node,
                        ledger,
                        dice.split(),
                        history,
                        profile,
                        publishers,
                        repeats);
        clients.add(client);
        return client;
    }

    /// Somebody who declares what is not there; its answers are waited for.
    private void declareAll(SimNode node) {
        if (node.failure() != null || !node.home().roomy()) {
            return;
        }
        SimClient client = connect(node);
        SimChannel channel = SimChannel.plain(client, publishers.next());
        settle(node, client::open);
        client.add(channel);
        channel.open();
        settle(node, () -> !channel.asking());
        channel.declareFans();
        settle(node, () -> !channel.asking());
        for (SimQueue queue : ledger.queues()) {
            queue.settleDoubts();
            channel.declare(queue);
            settle(node, () -> !channel.asking());
            if (node.failure() == null && channel.down()) {
                throw new Violation("nobody can declare " + queue.plan().name() + " any more");
            }
        }
        client.leave();
        rest(node);
    }

    private void step(SimNode node) {
        clients.removeIf(SimClient::ended);
        while (clients.size() < profile.clients()) {
            connect(node);
        }
        switch (dice.weighted(60, 60, 40, 40, 20, 30, 2, 3)) {
            case 0 -> dice.pick(clients).act();
            case 1 -> arrive();
            case 2 -> loop(node);
            case 3 -> writer(node);
            case 4 -> keeper(node);
            case 5 -> time.pass(dice.between(0, 8));
            case 6 -> oddThings(node);
            default -> operator().act();
        }
    }

    private void oddThings(SimNode node) {
        if (profile.clockJumps()) {
            time.jump(dice.between(-2_000, 2_000));
        }
        if (profile.capacity() > 0) {
            boolean room = dice.oneIn(2);
            disk.capacity(room ? Long.MAX_VALUE : Math.max(profile.capacity(), disk.used()));
        }
        if (dice.oneIn(3)) {
            time.pass(dice.between(50, 700));
        }
        if (dice.oneIn(6)) {
            everybodyRests(node);
        }
    }

    private Operator operator() {
        Operator present = operator;
        if (present == null) {
            throw new IllegalStateException("no node lives");
        }
        return present;
    }

    private void arrive() {
        SimClient client = dice.pick(clients);
        if (client.wire().readable()) {
            client.wire().arrive(dice.oneIn(4) ? dice.between(1, 40) : Integer.MAX_VALUE);
        }
    }

    private void loop(SimNode node) {
        if (node.loopWants()) {
            node.loopTurn();
            clients.forEach(SimClient::settle);
            operator().settle();
            ledger.endRound(node.rounds());
        }
    }

    private void writer(SimNode node) {
        if (node.writerWants()) {
            disk.generation(++generation);
            node.writerTurn();
        }
    }

    private void keeper(SimNode node) {
        if (node.keeperWants()) {
            try {
                node.keeperTurn();
            } catch (DiskException e) {
                throw new Violation("the log's keeper dies of " + e.getMessage(), e);
            }
        }
    }

    // ---- rest

    /// Lets everything happen that is under way, and nothing new.
    private void rest(SimNode node) {
        settle(node, () -> false);
    }

    private void settle(SimNode node, BooleanSupplier enough) {
        int idle = 0;
        for (int n = 0; n < REST_STEPS; n++) {
            if (enough.getAsBoolean() || node.failure() != null) {
                return;
            }
            boolean busy = false;
            for (SimClient client : List.copyOf(clients)) {
                if (client.wire().readable()) {
                    client.wire().arrive(Integer.MAX_VALUE);
                    busy = true;
                }
                client.drain();
            }
            busy |= node.busy();
            loop(node);
            writer(node);
            keeper(node);
            clients.removeIf(SimClient::ended);
            if (!frozen) {
                time.pass(busy ? 1 : 40);
            }
            idle = busy ? 0 : idle + 1;
            if (idle > 20) {
                return;
            }
        }
        throw new Violation("the node does not come to rest");
    }

    /// Nobody does anything new: every publish must have its answer soon.
    private void everybodyRests(SimNode node) {
        disk.capacity(Long.MAX_VALUE);
        rest(node);
        if (node.failure() == null) {
            unblock(node);
        }
        if (node.failure() != null) {
            return;
        }
        for (SimClient client : clients) {
            if (!client.isRead()) {
                throw new Violation("client " + client.number() + " is not read any more");
            }
            for (SimChannel channel : client.channels()) {
                if (channel.unconfirmed() > 0) {
                    throw new Violation(
                            channel + " waits for " + channel.unconfirmed() + " confirms");
                }
                if (channel.asking()) {
                    throw new Violation(channel + " gets no answer");
                }
            }
        }
        ledger.allDurable();
        frozen = true;
        rest(node);
        Map<String, List<PeekedMessage>> found = look(node, new HashSet<>());
        if (node.failure() == null) {
            Stalls.check(ledger, clients, found);
        }
        declareAll(node);
    }

    /// Who waits for room in a queue is let go on when there is some, and not before.
    private void unblock(SimNode node) {
        SimQueue blocking = ledger.blocking();
        if (blocking == null || clients.stream().allMatch(SimClient::isRead)) {
            return;
        }
        SimClient client = connect(node);
        SimChannel channel = SimChannel.plain(client, publishers.next());
        settle(node, client::open);
        client.add(channel);
        channel.open();
        settle(node, () -> !channel.asking());
        if (dice.oneIn(2)) {
            operator().pause(blocking, false);
            settle(node, () -> !operator().asking());
            channel.consumeAll(blocking);
            rest(node);
        } else {
            List<SimClient> all = List.copyOf(clients);
            long before;
            do {
                before = consumed(all);
                channel.purge(blocking);
                rest(node);
            } while (consumed(all) > before + PURGE
                    && !clients.stream().allMatch(SimClient::isRead));
        }
        client.leave();
        rest(node);
    }

    private static long consumed(List<SimClient> all) {
        return all.stream().mapToLong(one -> one.wire().consumed()).sum();
    }

    private End end(SimNode node) {
        if (node.failure() != null) {
            return End.KILLED;
        }
        int how = dice.weighted(4, 3, profile.powerFails() ? 6 : 0);
        if (how == 0) {
            stop(node);
            return node.failure() == null ? End.CLEAN : End.KILLED;
        }
        if (dice.oneIn(3)) {
            everybodyRests(node);
        }
        return how == 1 ? End.KILLED : End.POWER;
    }

    private void stop(SimNode node) {
        disk.failNoMore();
        disk.capacity(Long.MAX_VALUE);
        rest(node);
        clients.forEach(SimClient::leave);
        rest(node);
        // Whoever is held back says goodbye in vain.
        clients.forEach(SimClient::breakDown);
        rest(node);
        if (node.failure() == null) {
            node.rest();
            settle(node, () -> !node.home().resting());
            rest(node);
            node.close();
        }
    }

    // ---- looking

    /// Everybody leaves, and what stands in the queues is compared with what must.
    private void audit(SimNode node) {
        disk.failNoMore();
        disk.capacity(Long.MAX_VALUE);
        clients.forEach(SimClient::breakDown);
        clients.clear();
        rest(node);
        if (node.failure() != null) {
            return;
        }
        ledger.allDurable();
        Set<String> closed = new HashSet<>();
        Map<String, List<PeekedMessage>> found = look(node, closed);
        Map<String, Integer> before = Map.of();
        // What expires meanwhile is on its way from one queue to another.
        for (int n = 0; n < LOOKS_MAX && !before.equals(sizes(found)); n++) {
            before = sizes(found);
            rest(node);
            found = look(node, closed);
        }
        Map<String, Integer> seen = sizes(found);
        history.note(60, found.size(), () -> "audit: " + seen);
        told.addAll(node.damage());
        if (!damaged && !told.isEmpty()) {
            throw new Violation("told of damage where there is none: " + told);
        }
        boolean reported = damaged && !told.isEmpty();
        ledger.audit(found, closed, reported ? Integer.MAX_VALUE : 0);
    }

    /// What stands in each queue that can be looked into; meanwhile time stands still.
    private Map<String, List<PeekedMessage>> look(SimNode node, Set<String> closed) {
        Map<String, Look> looks = new TreeMap<>();
        for (QueueEntry queue : queues(node)) {
            if (!node.home().serves(queue.shard())) {
                closed.add(queue.name());
                continue;
            }
            Look look = new Look();
            looks.put(queue.name(), look);
            node.home().offer(queue.shard(), Look.at(look, queue.id()));
        }
        frozen = true;
        settle(node, () -> looks.values().stream().allMatch(Look::answered));
        frozen = false;
        Map<String, List<PeekedMessage>> found = new HashMap<>();
        looks.forEach((name, look) -> {
            if (!look.answered()) {
                throw new Violation("nobody can look into " + name);
            } else if (look.messages().size() == Look.MOST) {
                closed.add(name);
            } else {
                found.put(name, look.messages());
            }
        });
        return found;
    }

    /// The queues that the ledger knows.
    private static List<QueueEntry> queues(SimNode node) {
        return node.home().catalog().queues().stream()
                .filter(queue -> !queue.name().startsWith(Traveller.PREFIX))
                .toList();
    }

    private static Map<String, Integer> sizes(Map<String, List<PeekedMessage>> found) {
        Map<String, Integer> sizes = new TreeMap<>();
        found.forEach((name, messages) -> sizes.put(name, messages.size()));
        return sizes;
    }

    /// Takes every message out of every queue, one consumer per queue.
    private void drain(SimNode node) {
        SimClient client = connect(node);
        SimChannel channel = SimChannel.plain(client, publishers.next());
        settle(node, client::open);
        client.add(channel);
        channel.open();
        settle(node, () -> !channel.asking());
        for (SimQueue queue : ledger.queues()) {
            settle(node, () -> !operator().asking());
            operator().pause(queue, false);
        }
        settle(node, () -> !operator().asking());
        for (QueueEntry queue : queues(node)) {
            if (node.home().serves(queue.shard())) {
                channel.consumeAll(ledger.queue(queue.name()));
                settle(node, () -> !channel.asking());
            }
        }
        acknowledgeAll(node, channel);
        time.pass(Math.max(0, Times.lastDue(ledger.queues()) - ledger.now()) + FAR);
        acknowledgeAll(node, channel);
    }

    private void acknowledgeAll(SimNode node, SimChannel channel) {
        do {
            rest(node);
        } while (node.failure() == null && channel.acknowledgeAll());
        rest(node);
    }
}
