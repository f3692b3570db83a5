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
    private final List<Live> live = new ArrayList<>();
    private int size;
    private int keeper = TopicHost.NOWHERE;

    Batch(int shards) {
        for (int i = 0; i < shards; i++) {
            byShard.add(new ArrayList<>());
        }
    }

    void clear() {
        if (size > 0) {
            byShard.forEach(List::clear);
            size = 0;
        }
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
        byShard.get(Target.shardOf(target.session())).add(target);
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

    List<Target> on(int shard) {
        return byShard.get(shard);
    }

    /// The shards that get a command.
    int shards() {
        int count = 0;
        for (int i = 0; i < byShard.size(); i++) {
            count += byShard.get(i).isEmpty() && keeper != i ? 0 : 1;
        }
        return count;
    }

    List<Target> all() {
        List<Target> all = new ArrayList<>(size);
        byShard.forEach(all::addAll);
        return all;
    }
}
