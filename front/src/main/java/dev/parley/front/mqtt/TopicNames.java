package dev.parley.front.mqtt;

import dev.parley.api.Subject;

/// What topic names and filters may look like (4.7), and the bounds that the node sets to them.
public final class TopicNames {
    /// UTF-8 bytes of a name or filter: a longer one is refused.
    static final int BYTES_MAX = 1_024;

    /// The first level of what the node tells of itself.
    private static final String SYSTEM = "$SYS";

    /// Below it, `<name>/state` is where a bridge of Mosquitto says whether it is there.
    private static final String BRIDGES = "$SYS/broker/connection/";

    private static final String STATE = "/state";

    private static final String SHARE = "$share/";

    private TopicNames() {}

    /// Whether a topic or filter is one of those on which the node tells of itself.
    public static boolean isSystem(String topic) {
        return topic.equals(SYSTEM) || topic.startsWith(SYSTEM + "/");
    }

    /// Whether nobody publishes to a topic but the node itself: those on which it tells of itself,
    /// without the ones that bridges use, and those that no subscription can reach since `$share/`
    /// means something else there.
    public static boolean isReserved(String topic) {
        return (isSystem(topic) && !isBridgeState(topic)) || topic.startsWith(SHARE);
    }

    private static boolean isBridgeState(String topic) {
        int name = topic.length() - BRIDGES.length() - STATE.length();
        return name > 0
                && topic.startsWith(BRIDGES)
                && topic.endsWith(STATE)
                && topic.indexOf('/', BRIDGES.length()) == BRIDGES.length() + name;
    }

    static boolean hasWildcard(String topic) {
        return topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0;
    }

    /// Whether it can be published to.
    static boolean isName(String topic) {
        return isName(topic, Subject.LEVELS);
    }

    /// @param levelsMax what the node takes from its MQTT clients ([MqttConfig#levelsMax])
    static boolean isName(String topic, int levelsMax) {
        return !topic.isEmpty() && !hasWildcard(topic) && fits(topic, levelsMax);
    }

    /// Whether `filter` is a filter, without `$share/…/` in front.
    static boolean isFilter(String filter) {
        return isFilter(filter, Subject.LEVELS);
    }

    /// @param levelsMax as for [#isName]
    static boolean isFilter(String filter, int levelsMax) {
        if (filter.isEmpty() || !fits(filter, levelsMax)) {
            return false;
        }
        for (int i = 0; i < filter.length(); i++) {
            char c = filter.charAt(i);
            boolean begins = i == 0 || filter.charAt(i - 1) == '/';
            boolean ends = i == filter.length() - 1 || filter.charAt(i + 1) == '/';
            if (c == '+' && !(begins && ends)) {
                return false;
            }
            if (c == '#' && !(begins && i == filter.length() - 1)) {
                return false;
            }
        }
        return true;
    }

    /// Whether it keeps to the bounds.
    static boolean fits(String topic, int levelsMax) {
        int length = topic.length();
        if (length > BYTES_MAX / 3 && Utf8.bytes(topic).length > BYTES_MAX) {
            return false;
        }
        int levels = 1;
        for (int i = 0; i < length; i++) {
            char c = topic.charAt(i);
            if (c == 0) {
                return false;
            }
            if (c == '/') {
                levels++;
            } else if (Character.isSurrogate(c)) {
                // Half a character has no UTF-8 that a client could read.
                if (i + 1 == length || !Character.isSurrogatePair(c, topic.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return levels <= levelsMax;
    }
}
