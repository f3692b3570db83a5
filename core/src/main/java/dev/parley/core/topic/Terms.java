package dev.parley.core.topic;

import java.util.List;
import java.util.stream.IntStream;

/// On which terms one session gets one message: what its subscriptions and the message came to.
///
/// @param qos the quality of service of the delivery: the lower one of message and subscription
/// @param retain whether the delivery carries the retain bit
/// @param ids the subscription identifiers to be told to the subscriber
/// @param group the shared subscription (its whole filter, `$share/group/filter`) of which this
///   session is one member, or empty
public record Terms(int qos, boolean retain, List<Integer> ids, String group) {
    /// Identifiers of one delivery; a subscriber with more is told the first of them.
    public static final int IDS_MAX = 1000;

    private static final List<Terms> PLAIN =
            IntStream.range(0, 6).mapToObj(i -> new Terms(i % 3, i >= 3, List.of(), "")).toList();

    public Terms {
        ids = List.copyOf(ids);
        if (qos < 0 || qos > 2 || ids.size() > IDS_MAX) {
            throw new IllegalArgumentException(
                    "a delivery with quality of service %d and %d identifiers"
                            .formatted(qos, ids.size()));
        }
    }

    /// The terms of a subscription without identifier.
    public static Terms plain(int qos) {
        return plain(qos, false);
    }

    /// The same with or without the retain bit; one object for all who have them.
    static Terms plain(int qos, boolean retain) {
        return PLAIN.get(retain ? 3 + qos : qos);
    }

    /// These terms; those without identifiers and group are always the same objects.
    public static Terms of(int qos, boolean retain, List<Integer> ids, String group) {
        return ids.isEmpty() && group.isEmpty() && qos >= 0 && qos <= 2
                ? plain(qos, retain)
                : new Terms(qos, retain, ids, group);
    }

    boolean isPlain() {
        return ids.isEmpty() && group.isEmpty();
    }

    public boolean shared() {
        return !group.isEmpty();
    }
}
