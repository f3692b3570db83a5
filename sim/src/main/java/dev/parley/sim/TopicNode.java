package dev.parley.sim;

import dev.parley.core.log.Disk;
import dev.parley.core.log.Engine;
import dev.parley.core.log.LocalEngine;
import dev.parley.core.log.LogConfig;
import dev.parley.core.log.LogFailure;
import dev.parley.core.shard.Command;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Machine;
import dev.parley.core.shard.Pattern;
import dev.parley.core.shard.Shard;
import dev.parley.core.shard.SteadyClock;
import dev.parley.core.topic.FilterTree;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Target;
import dev.parley.core.topic.Terms;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicConfig;
import dev.parley.core.topic.TopicHost;
import dev.parley.core.topic.TopicMachine;
import dev.parley.core.topic.TopicMessage;
import dev.parley.sim.log.WriterThreads;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One life of a node that has nothing but topics: the real log and shards, and the routing that an
/// event loop does for them, with the three threads turned into three things that somebody else
/// lets take a turn.
final class TopicNode implements Shard.Place {
    static final String HOST = "/";
    private static final long KEEPER_IDLE = 500;
    private static final TopicConfig CONFIG = TopicConfig.DEFAULT;

    private final SimTime time;
    private final History history;
    private final Runnable onGroupEmpty;
    private final LocalEngine engine;
    private final WriterThreads writerThreads;
    private final Engine seen;
    private final Shard[] shards;
    private FilterTree<Long, Subscription> plain = FilterTree.empty();
    private final Map<Long, Map<String, Subscription>> sessions = new TreeMap<>();

    /// Members of groups by the group's whole filter.
    private final Map<String, TreeSet<Long>> groups = new TreeMap<>();

    private final TreeSet<Long> connected = new TreeSet<>();
    private final List<String> damage = new ArrayList<>();
    private @Nullable LogFailure failure;
    private boolean roundAsked = true;
    private boolean writerAsked;
    private long writerAt = Long.MAX_VALUE;
    private boolean keeperAsked = true;
    private long keeperAt;
    private long roundAt = Long.MAX_VALUE;
    private int turn;

    TopicNode(
            UnaryOperator<Disk> disks,
            UnaryOperator<Engine> engines,
            Disk disk,
            LogConfig config,
            Dice dice,
            SimTime time,
            History history,
            Runnable onGroupEmpty) {
        this.onGroupEmpty = onGroupEmpty;
        this.time = time;
        this.history = history;
        keeperAt = time.tick();
        engine =
                LocalEngine.start(
                        disks.apply(disk),
                        config,
                        dice.next(),
                        time::tick,
                        () -> writerAsked = true,
                        () -> keeperAsked = true,
                        () -> keeperAsked = true,
                        this::wake);
        writerThreads = new WriterThreads(engine.writer(), dice.split());
        seen = engines.apply(engine);
        shards = new Shard[seen.shards()];
        SteadyClock clock = new SteadyClock(time::wall);
        for (int i = 0; i < shards.length; i++) {
            TopicHost host = new Host(i);
            Map<Pattern, Function<Decision, Machine>> machines = new EnumMap<>(Pattern.class);
            machines.put(Pattern.TOPIC, decision -> new TopicMachine(decision, host, CONFIG));
            shards[i] = Shard.open(seen, i, 0, machines, clock, dice::next, this);
        }
        for (int i = 0; i < shards.length; i++) {
            offer(i, new TopicCommand.Begin());
        }
    }

    int shards() {
        return shards.length;
    }

    int shardOf(String name) {
        return Math.floorMod(name.hashCode(), shards.length);
    }

    void offer(int shard, Command command) {
        shards[shard].offer(command);
        roundAsked = true;
    }

    @Nullable LogFailure failure() {
        return failure;
    }

    List<String> damage() {
        return damage;
    }

    // ---- turns

    boolean busy() {
        return roundAsked || writerAsked || keeperAsked;
    }

    void loopTurn() {
        if (!roundAsked && roundAt > time.tick()) {
            return;
        }
        roundAsked = false;
        history.note(110, 0, () -> "round");
        seen.poll(0);
        long due = Long.MAX_VALUE;
        for (Shard shard : shards) {
            shard.turn();
            due = Math.min(due, shard.nextDue());
        }
        seen.flush(0);
        long ahead = due - time.wall();
        roundAt = due == Long.MAX_VALUE ? due : time.tick() + Math.max(1, ahead);
    }

    void writerTurn() {
        if (writerAsked || writerAt <= time.tick()) {
            writerAsked = false;
            history.note(111, 0, () -> "log writer");
            writerAsked |= writerThreads.turn();
            writerAt = time.tick() + engine.writer().restMillis();
        }
    }

    void keeperTurn() {
        if (keeperAsked || keeperAt <= time.tick()) {
            keeperAsked = false;
            history.note(112, 0, () -> "log keeper");
            keeperAsked |= engine.keeper().turn();
            keeperAsked |= engine.reader().turn();
            keeperAt = time.tick() + KEEPER_IDLE;
        }
    }

    /// Ends in good order: call when everybody is gone.
    void rest() {
        for (int i = 0; i < shards.length; i++) {
            offer(i, new TopicCommand.Rest());
        }
        loopTurn();
        for (Shard shard : shards) {
            shard.snapshotNow();
        }
    }

    boolean resting() {
        for (Shard shard : shards) {
            if (shard.serving() && shard.snapshotting()) {
                return true;
            }
        }
        return false;
    }

    void close() {
        if (failure == null) {
            writerThreads.end();
            engine.close();
        }
    }

    @Override
    public void wake() {
        roundAsked = true;
    }

    @Override
    public void send(int shard, Command command) {
        offer(shard, command);
    }

    @Override
    public void onStopped(int shard, LogFailure why) {
        history.note(114, shard, () -> "the log has failed: " + why.detail());
        failure = why;
    }

    @Override
    public void onRoom(int shard, boolean roomy) {}

    // ---- routing

    void connected(long session, boolean is) {
        if (is) {
            connected.add(session);
        } else {
            connected.remove(session);
        }
    }

    private void remove(long session, String filter) {
        Subscription before = sessions.getOrDefault(session, new TreeMap<>()).remove(filter);
        if (before != null && before.shared()) {
            TreeSet<Long> members = groups.getOrDefault(filter, new TreeSet<>());
            members.remove(session);
            if (members.isEmpty()) {
                onGroupEmpty.run();
            }
        } else if (before != null) {
            plain = plain.without(filter, session);
        }
    }

    /// The durable sessions that a message reaches.
    List<Target> route(TopicMessage message) {
        Map<Long, Integer> merged = new TreeMap<>();
        plain.match(
                message.topic(),
                (session, subscription) ->
                        merged.merge(
                                session, Math.min(message.qos(), subscription.qos()), Math::max));
        List<Target> targets = new ArrayList<>();
        merged.forEach((session, qos) -> targets.add(new Target(session, Terms.plain(qos))));
        for (String group : groups.keySet()) {
            FilterTree<String, Integer> one = FilterTree.empty();
            String pattern = new Subscription(group, 0, false, false, 0).pattern();
            one.with(pattern, group, 0)
                    .match(
                            message.topic(),
                            (key, value) -> {
                                Target member = member(group, 0, false, message.qos());
                                if (member != null) {
                                    targets.add(member);
                                }
                            });
        }
        return targets;
    }

    private @Nullable Target member(String group, long except, boolean mustListen, int qos) {
        List<Long> members = new ArrayList<>(groups.getOrDefault(group, new TreeSet<>()));
        Target second = null;
        for (int n = 0; n < members.size(); n++) {
            long member = members.get(Math.floorMod(turn + n, members.size()));
            Subscription subscription = sessions.getOrDefault(member, Map.of()).get(group);
            if (member == except || subscription == null) {
                continue;
            }
            int granted = Math.min(qos, subscription.qos());
            Target target = new Target(member, new Terms(granted, false, List.of(), group));
            if (connected.contains(member)) {
                turn++;
                return target;
            }
            second = second == null ? target : second;
        }
        return mustListen ? null : second;
    }

    private final class Host implements TopicHost {
        private final int number;

        Host(int number) {
            this.number = number;
        }

        @Override
        public int shard() {
            return number;
        }

        @Override
        public boolean exists(String host) {
            return true;
        }

        @Override
        public boolean mayPublish(String host, @Nullable String user, String topic) {
            return true;
        }

        @Override
        public void onSubscribed(String host, long session, Subscription subscription) {
            remove(session, subscription.filter());
            sessions.computeIfAbsent(session, key -> new LinkedHashMap<>())
                    .put(subscription.filter(), subscription);
            if (subscription.shared()) {
                groups.computeIfAbsent(subscription.filter(), key -> new TreeSet<>()).add(session);
            } else {
                plain = plain.with(subscription.filter(), session, subscription);
            }
        }

        @Override
        public void onUnsubscribed(String host, long session, String filter) {
            remove(session, filter);
        }

        @Override
        public void onEnded(String host, long session) {
            List.copyOf(sessions.getOrDefault(session, Map.of()).keySet())
                    .forEach(filter -> remove(session, filter));
            sessions.remove(session);
        }

        @Override
        public List<Target> route(
                String host, TopicMessage message, boolean retain, long publisher) {
            return TopicNode.this.route(message);
        }

        @Override
        public int keeper(String host, String topic) {
            return shardOf(topic);
        }

        @Override
        public void onWill(String host, TopicMessage message, boolean retain, long publisher) {
            history.note(115, publisher, () -> "will on " + message.topic());
        }

        @Override
        public @Nullable Target member(String host, Terms terms, long session, boolean mustListen) {
            return TopicNode.this.member(terms.group(), session, mustListen, terms.qos());
        }

        @Override
        public void onOverflow(String host, String clientId) {
            throw new Violation("no room in the session of " + clientId);
        }

        @Override
        public void onDamaged(String topicOrClientId, long position) {
            damage.add(topicOrClientId + " at " + position);
        }
    }
}
