package dev.parley.front.mqtt;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The topic aliases of a connection: those that the client has set for what it sends, and those
/// that the node sets for what it sends.
final class Aliases {
    /// Aliases that the node sets at most: each keeps its topic in memory as long as the connection
    /// is there.
    static final int OUTGOING_MAX = 1_024;

    private static final @Nullable String[] NONE = {};

    private final int incomingMax;
    private final int outgoingMax;
    private @Nullable String[] incoming = NONE;
    private Map<String, Integer> outgoing = Map.of();

    /// @param incomingMax highest alias that the client may use
    /// @param outgoingMax highest alias that it knows
    Aliases(int incomingMax, int outgoingMax) {
        this.incomingMax = incomingMax;
        this.outgoingMax = outgoingMax;
    }

    /// The topic of a message from the client.
    ///
    /// @param alias 0: none
    String incoming(String topic, int alias) {
        if (alias == 0) {
            return topic;
        }
        if (alias > incomingMax) {
            throw new MqttException(
                    ReasonCode.TOPIC_ALIAS_INVALID,
                    "topic alias %d of %d".formatted(alias, incomingMax));
        }
        if (incoming.length == 0) {
            incoming = new String[incomingMax];
        }
        if (!topic.isEmpty()) {
            incoming[alias - 1] = topic;
            return topic;
        }
        String known = incoming[alias - 1];
        if (known == null) {
            throw MqttException.protocol("topic alias %d stands for nothing".formatted(alias));
        }
        return known;
    }

    /// Whether the node sends none.
    boolean none() {
        return outgoingMax == 0;
    }

    /// The alias of a topic that the node sends: a positive number stands for one that the client
    /// knows, a negative one for one that it is to learn, 0 for none. The first topics get one,
    /// later ones do not: to redefine aliases would cost more than it saves.
    int outgoing(String topic) {
        if (outgoingMax == 0) {
            return 0;
        }
        Integer known = outgoing.get(topic);
        if (known != null) {
            return known;
        }
        if (outgoing.size() == outgoingMax) {
            return 0;
        }
        if (outgoing.isEmpty()) {
            outgoing = new HashMap<>();
        }
        int alias = outgoing.size() + 1;
        outgoing.put(topic, alias);
        return -alias;
    }

    /// The client was not told of the alias that was chosen last.
    void unlearn(String topic) {
        if (!outgoing.isEmpty()) {
            outgoing.remove(topic);
        }
    }
}
