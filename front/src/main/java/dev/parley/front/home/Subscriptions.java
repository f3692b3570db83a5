package dev.parley.front.home;

import dev.parley.core.topic.FilterTree;
import dev.parley.core.topic.Subscription;
import dev.parley.front.mqtt.TopicNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Who subscribes to what in one virtual host, and where lately used topics lead.
///
/// A subscriber stands here by what it can be found with: a session that ends with its connection
/// is itself, one that outlives it is its number. The members of a shared subscription stand
/// together, as one [Group].
final class Subscriptions {
    /// Topics whose way is remembered; at the bound all are forgotten.
    private static final int CACHE_MAX = 8_192;

    /// Subscribers in all that is remembered; the same happens there.
    private static final int REACHES_MAX = 1 << 19;

    private FilterTree<Object, Subscription> tree = FilterTree.empty();
    private final Map<String, Group> groups = new HashMap<>();
    private final Map<String, Route> cache = new HashMap<>();
    private final Map<String, Integer> filters = new LinkedHashMap<>();
    private int size;
    private int watchers;
    private int reaches;

    /// Adds one or changes it; returns whether it is new.
    boolean add(Object subscriber, Subscription subscription) {
        forget();
        boolean fresh;
        if (subscription.shared()) {
            Group group = groups.computeIfAbsent(subscription.filter(), Group::new);
            fresh = group.put(subscriber, subscription);
            tree = tree.with(subscription.pattern(), group, subscription);
        } else {
            fresh = tree.get(subscription.filter(), subscriber) == null;
            tree = tree.with(subscription.filter(), subscriber, subscription);
        }
        if (fresh) {
            size++;
            watchers += TopicNames.isSystem(subscription.pattern()) ? 1 : 0;
            filters.merge(subscription.filter(), 1, Integer::sum);
        }
        return fresh;
    }

    boolean remove(Object subscriber, String filter) {
        Subscription named = new Subscription(filter, 0, false, false, 0);
        boolean known;
        if (named.shared()) {
            Group group = groups.get(filter);
            known = group != null && group.remove(subscriber);
            if (group != null && group.isEmpty()) {
                groups.remove(filter);
                tree = tree.without(named.pattern(), group);
            }
        } else {
            known = tree.get(filter, subscriber) != null;
            tree = tree.without(filter, subscriber);
        }
        if (known) {
            forget();
            size--;
            watchers -= TopicNames.isSystem(named.pattern()) ? 1 : 0;
            filters.computeIfPresent(filter, (same, count) -> count == 1 ? null : count - 1);
        }
        return known;
    }

    Route route(String topic) {
        Route known = cache.get(topic);
        if (known != null) {
            return known;
        }
        Map<Object, List<Subscription>> found = new LinkedHashMap<>();
        List<Group> shared = new ArrayList<>();
        boolean whole =
                tree.match(
                        topic,
                        (subscriber, subscription) -> {
                            if (subscriber instanceof Group group) {
                                shared.add(group);
                            } else {
                                found.computeIfAbsent(subscriber, same -> new ArrayList<>(1))
                                        .add(subscription);
                            }
                        });
        Route made = Route.of(found, shared, whole);
        if (cache.size() >= CACHE_MAX || reaches + made.reaches().size() > REACHES_MAX) {
            forget();
        }
        reaches += made.reaches().size();
        cache.put(topic, made);
        return made;
    }

    /// Forgets where topics lead.
    void forget() {
        cache.clear();
        reaches = 0;
    }

    @org.jspecify.annotations.Nullable
    Group group(String filter) {
        return groups.get(filter);
    }

    /// Subscriptions that there are.
    int size() {
        return size;
    }

    /// Those of what the node tells of itself.
    int watchers() {
        return watchers;
    }

    /// How many subscribe to each filter.
    Map<String, Integer> filters() {
        return filters;
    }
}
