package dev.parley.core.topic;

import java.util.List;

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
        return new Terms(qos, false, List.of(), "");
    }

    public boolean shared() {
        return !group.isEmpty();
    }
}
