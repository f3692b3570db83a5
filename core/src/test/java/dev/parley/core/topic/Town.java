package dev.parley.core.topic;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the shards of a test have in common: who subscribes to what, as an event loop knows it.
final class Town {
    static final String HOST = "/";

    private final TreeMap<Integer, TopicStage> stages = new TreeMap<>();
    private FilterTree<Long, Subscription> plain = FilterTree.empty();

    /// Members of groups by the group's whole filter.
    private final Map<String, List<Long>> groups = new LinkedHashMap<>();

    private final Map<Long, Map<String, Subscription>> sessions = new LinkedHashMap<>();

    /// Wills as everybody else gets them.
    final List<String> wills = new ArrayList<>();

    final List<String> overflows = new ArrayList<>();

    /// Virtual hosts that do not exist any more.
    final Set<String> gone = new HashSet<>();

    /// Topics that nobody may publish to any more.
    final Set<String> forbidden = new HashSet<>();

    int keeper;
    private int turn;

    TopicStage stage(int shard) {
        return stages.computeIfAbsent(shard, number -> new TopicStage(this, number));
    }

    void turn() {
        for (int n = 0; n < 4; n++) {
            stages.values().forEach(TopicStage::turn);
        }
    }

    void forget(int shard) {
        for (long session : List.copyOf(sessions.keySet())) {
            if (Target.shardOf(session) == shard) {
                ended(session);
            }
        }
    }

    void subscribed(long session, Subscription subscription) {
        unsubscribed(session, subscription.filter());
        sessions.computeIfAbsent(session, key -> new LinkedHashMap<>())
                .put(subscription.filter(), subscription);
        if (subscription.shared()) {
            groups.computeIfAbsent(subscription.filter(), key -> new ArrayList<>()).add(session);
        } else {
            plain = plain.with(subscription.filter(), session, subscription);
        }
    }

    void unsubscribed(long session, String filter) {
        Subscription before = sessions.getOrDefault(session, new LinkedHashMap<>()).remove(filter);
        if (before != null && before.shared()) {
            groups.getOrDefault(filter, new ArrayList<>()).remove(session);
        } else if (before != null) {
            plain = plain.without(filter, session);
        }
    }

    void ended(long session) {
        Map<String, Subscription> all = sessions.getOrDefault(session, Map.of());
        List.copyOf(all.keySet()).forEach(filter -> unsubscribed(session, filter));
        sessions.remove(session);
    }

    /// Overlapping subscriptions of a session come to one delivery; a group to one member.
    List<Target> route(TopicMessage message, boolean retain, long publisher) {
        Map<Long, Terms> merged = new LinkedHashMap<>();
        plain.match(
                message.topic(),
                (session, subscription) -> {
                    if (!subscription.noLocal() || session != publisher) {
                        merged.merge(
                                session, terms(message, retain, subscription, ""), Town::merge);
                    }
                });
        List<Target> targets = new ArrayList<>();
        merged.forEach((session, terms) -> targets.add(new Target(session, terms)));
        targets.sort((a, b) -> Long.compare(a.session(), b.session()));
        for (String group : groups.keySet()) {
            String pattern = new Subscription(group, 0, false, false, 0).pattern();
            FilterTree<String, Integer> one = FilterTree.<String, Integer>empty();
            one.with(pattern, group, 0)
                    .match(
                            message.topic(),
                            (key, value) -> {
                                Target member = pick(group, -1, false, message.qos());
                                if (member != null) {
                                    targets.add(member);
                                }
                            });
        }
        return targets;
    }

    private static Terms terms(
            TopicMessage message, boolean retain, Subscription subscription, String group) {
        List<Integer> ids = subscription.id() == 0 ? List.of() : List.of(subscription.id());
        return new Terms(
                Math.min(message.qos(), subscription.qos()),
                retain && subscription.retainAsPublished(),
                ids,
                group);
    }

    private static Terms merge(Terms a, Terms b) {
        List<Integer> ids = new ArrayList<>(a.ids());
        ids.addAll(b.ids());
        return new Terms(Math.max(a.qos(), b.qos()), a.retain() || b.retain(), ids, "");
    }

    @Nullable Target member(Terms terms, long session, boolean connected) {
        return pick(terms.group(), session, connected, 2);
    }

    private @Nullable Target pick(String group, long except, boolean connected, int qos) {
        List<Long> members = groups.getOrDefault(group, List.of());
        Target second = null;
        for (int n = 0; n < members.size(); n++) {
            long member = members.get(Math.floorMod(turn + n, members.size()));
            if (member == except) {
                continue;
            }
            Subscription subscription = sessions.getOrDefault(member, Map.of()).get(group);
            int granted = subscription == null ? 0 : Math.min(qos, subscription.qos());
            Target target = new Target(member, new Terms(granted, false, List.of(), group));
            if (stage(Target.shardOf(member)).isConnected(member)) {
                turn++;
                return target;
            }
            second = second == null ? target : second;
        }
        return connected ? null : second;
    }
}
