package dev.parley.core.topic;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// The retained messages of the topics of one shard, by virtual host and topic.
final class Retained {
    private final TreeMap<String, TreeMap<String, Integer>> hosts = new TreeMap<>();
    private final Bodies bodies;
    private int size;
    private long bytes;
    private long nextExpiry = Long.MAX_VALUE;

    Retained(Bodies bodies) {
        this.bodies = bodies;
    }

    int size() {
        return size;
    }

    long bytes() {
        return bytes;
    }

    boolean has(String host, String topic) {
        return of(host).containsKey(topic);
    }

    /// Keeps a message, which is referred to already, in the place of the one before it.
    void put(String host, String topic, int body) {
        Integer before = hosts.computeIfAbsent(host, key -> new TreeMap<>()).put(topic, body);
        size++;
        bytes += bodies.size(body);
        if (before != null) {
            letGo(before);
        }
        if (bodies.expiry(body) != 0) {
            nextExpiry = Math.min(nextExpiry, bodies.expiry(body));
        }
    }

    void remove(String host, String topic) {
        TreeMap<String, Integer> topics = hosts.get(host);
        Integer before = topics == null ? null : topics.remove(topic);
        if (topics != null && before != null) {
            letGo(before);
            if (topics.isEmpty()) {
                hosts.remove(host);
            }
        }
    }

    /// The host is gone.
    void drop(String host) {
        TreeMap<String, Integer> topics = hosts.remove(host);
        if (topics != null) {
            topics.values().forEach(this::letGo);
        }
    }

    /// The hosts that have retained messages; a view.
    Set<String> hosts() {
        return hosts.keySet();
    }

    private void letGo(int body) {
        size--;
        bytes -= bodies.size(body);
        bodies.release(body);
    }

    /// The topics of a host with their messages; a view.
    NavigableMap<String, Integer> of(String host) {
        TreeMap<String, Integer> topics = hosts.get(host);
        return topics == null ? new TreeMap<>() : topics;
    }

    /// No retained message expires before.
    long nextExpiry() {
        return nextExpiry;
    }

    /// The topics whose messages have expired; [#nextExpiry] is known anew.
    List<Expired> expired(long now) {
        List<Expired> expired = new ArrayList<>();
        nextExpiry = Long.MAX_VALUE;
        hosts.forEach((host, topics) ->
                topics.forEach((topic, body) -> {
                    long expiry = bodies.expiry(body);
                    if (expiry != 0 && expiry <= now) {
                        expired.add(new Expired(host, topic));
                    } else if (expiry != 0) {
                        nextExpiry = Math.min(nextExpiry, expiry);
                    }
                }));
        return expired;
    }

    record Expired(String host, String topic) {}

    void save(SnapshotWriter out) {
        out.putInt(hosts.size());
        hosts.forEach((host, topics) -> {
            out.putText(host).putInt(topics.size());
            topics.forEach((topic, body) -> Topics.saveBody(out.putText(topic), bodies, body));
        });
    }

    void restore(ByteBuffer in) {
        for (int n = in.getInt(); n > 0; n--) {
            String host = Topics.longText(in);
            for (int m = in.getInt(); m > 0; m--) {
                put(host, Topics.longText(in), Topics.restoreBody(in, bodies));
            }
        }
    }
}
