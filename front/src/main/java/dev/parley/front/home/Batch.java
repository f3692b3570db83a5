package dev.parley.front.home;

import dev.parley.core.topic.Target;
import dev.parley.core.topic.TopicHost;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.Subscriber;
import java.util.ArrayList;
import java.util.List;

/// Where one message goes: durable sessions by shard, and those who are connected; used for one
/// message at a time.
final class Batch {
    private record Live(Subscriber subscriber, int qos, boolean retain, Ids ids) {}

    private final List<List<Target>> byShard = new ArrayList<>();

    /// The shards with targets: the first `used`, in no order.
    private final int[] used;

    private int usedCount;
    private final List<Live> live = new ArrayList<>();
    private int size;
    private int keeper = TopicHost.NOWHERE;

    Batch(int shards) {
        used = new int[shards];
        for (int i = 0; i < shards; i++) {
            byShard.add(new ArrayList<>());
        }
    }

    void clear() {
        for (int i = 0; i < usedCount; i++) {
            byShard.get(used[i]).clear();
        }
        usedCount = 0;
        size = 0;
        live.clear();
        keeper = TopicHost.NOWHERE;
    }

    /// The shard that keeps it as a retained message.
    void keeper(int shard) {
        keeper = shard;
    }

    int keeper() {
        return keeper;
    }

    void add(Target target) {
        int shard = Target.shardOf(target.session());
        List<Target> there = byShard.get(shard);
        if (there.isEmpty()) {
            used[usedCount++] = shard;
        }
        there.add(target);
        size++;
    }

    void add(Subscriber subscriber, int qos, boolean retain, Ids ids) {
        live.add(new Live(subscriber, qos, retain, ids));
    }

    /// Gives the message to those who are connected.
    void deliver(Publication message) {
        for (int i = 0; i < live.size(); i++) {
            Live one = live.get(i);
            one.subscriber().onMessage(message, one.qos(), one.retain(), one.ids());
        }
        live.clear();
    }

    /// Whether no shard gets it.
    boolean isEmpty() {
        return size == 0 && keeper == TopicHost.NOWHERE;
    }

    /// What one shard gets.
    interface Share {
        /// @param keeps whether that shard keeps the message as a retained one
        /// @param targets borrowed for the call
        void take(int shard, boolean keeps, List<Target> targets);
    }

    /// Gives each shard its share.
    void each(Share share) {
        boolean kept = keeper == TopicHost.NOWHERE;
        for (int i = 0; i < usedCount; i++) {
            kept |= used[i] == keeper;
            share.take(used[i], used[i] == keeper, byShard.get(used[i]));
        }
        if (!kept) {
            share.take(keeper, true, List.of());
        }
    }

    /// The shards that get a command.
    int shards() {
        boolean apart = keeper != TopicHost.NOWHERE && byShard.get(keeper).isEmpty();
        return usedCount + (apart ? 1 : 0);
    }

    List<Target> all() {
        List<Target> all = new ArrayList<>(size);
        byShard.forEach(all::addAll);
        return all;
    }
}
