package dev.parley.front.home;

import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Target;
import dev.parley.core.topic.Terms;
import dev.parley.front.mqtt.Publication.Ids;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Where the messages of one topic go: every session once, whatever the number of its filters that
/// match, at the highest of their QoS and with all of their identifiers.
///
/// @param whole false if the match had to be given up
record Route(List<Reach> reaches, List<Group> groups, boolean whole) {
    /// One session.
    ///
    /// @param subscriber itself, or its number
    /// @param asPublished whether the retain flag is handed on
    /// @param each its subscriptions, if not all of them want what it publishes itself; else empty
    /// @param targets what most messages are sent to if it outlives its connection, for each QoS
    ///   from 1 on; else empty
    record Reach(
            Object subscriber,
            int qos,
            boolean asPublished,
            Ids ids,
            List<Integer> idList,
            List<Subscription> each,
            List<Target> targets) {
        static Reach of(Object subscriber, List<Subscription> subscriptions) {
            int qos = 0;
            boolean asPublished = false;
            boolean noLocal = false;
            List<Integer> ids = new ArrayList<>(1);
            for (Subscription one : subscriptions) {
                qos = Math.max(qos, one.qos());
                asPublished |= one.retainAsPublished();
                noLocal |= one.noLocal();
                if (one.id() > 0 && ids.size() < Terms.IDS_MAX && !ids.contains(one.id())) {
                    ids.add(one.id());
                }
            }
            return new Reach(
                    subscriber,
                    qos,
                    asPublished,
                    Ids.of(ids.stream().mapToInt(Integer::intValue).toArray()),
                    List.copyOf(ids),
                    noLocal ? List.copyOf(subscriptions) : List.of(),
                    subscriber instanceof Long session ? targets(session, qos, ids) : List.of());
        }

        private static List<Target> targets(long session, int qos, List<Integer> ids) {
            return IntStream.rangeClosed(1, qos)
                    .mapToObj(out -> new Target(session, Terms.of(out, false, ids, "")))
                    .toList();
        }

        /// What a session that outlives its connection gets.
        ///
        /// @param group the shared subscription of which it is a member, or empty
        Target target(long session, int outQos, boolean retain, String group) {
            return outQos > 0 && !retain && group.isEmpty()
                    ? targets.get(outQos - 1)
                    : new Target(session, Terms.of(outQos, retain, idList, group));
        }

        /// How it stands for a message of `publisher`; null: it does not want that.
        @Nullable Reach from(@Nullable Object publisher) {
            if (each.isEmpty() || !subscriber.equals(publisher)) {
                return this;
            }
            List<Subscription> left = each.stream().filter(one -> !one.noLocal()).toList();
            return left.isEmpty() ? null : of(subscriber, left);
        }
    }

    static Route of(Map<Object, List<Subscription>> found, List<Group> groups, boolean whole) {
        List<Reach> reaches = new ArrayList<>(found.size());
        found.forEach((subscriber, each) -> reaches.add(Reach.of(subscriber, each)));
        return new Route(reaches, List.copyOf(groups), whole);
    }

    boolean isEmpty() {
        return reaches.isEmpty() && groups.isEmpty();
    }
}
