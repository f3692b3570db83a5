package dev.parley.front.mqtt;

import dev.parley.core.topic.Subscription;
import dev.parley.front.mqtt.ClientPacket.Filter;

/// What a filter in a SUBSCRIBE comes to: with the checks that need no permission.
final class Filters {
    private static final String SHARE = "$share/";

    private Filters() {}

    /// The filter without `$share/…/`.
    ///
    /// @param levelsMax what the node takes ([MqttConfig#levelsMax])
    /// @throws MqttException if it is no filter at all
    static String pattern(String filter, int levelsMax) {
        if (!filter.startsWith(SHARE)) {
            return checked(filter, filter, levelsMax);
        }
        int end = filter.indexOf('/', SHARE.length());
        if (end <= SHARE.length()) {
            throw malformed(filter);
        }
        String name = filter.substring(SHARE.length(), end);
        if (TopicNames.hasWildcard(name) || !TopicNames.fits(name, levelsMax)) {
            throw malformed(filter);
        }
        return checked(filter, filter.substring(end + 1), levelsMax);
    }

    private static String checked(String filter, String pattern, int levelsMax) {
        if (!TopicNames.fits(pattern, levelsMax)) {
            throw MqttException.malformed("a filter that is too long, or has too many levels");
        }
        if (!TopicNames.isFilter(pattern, levelsMax)) {
            throw malformed(filter);
        }
        return pattern;
    }

    private static MqttException malformed(String filter) {
        // 0x8F is for a filter that is well-formed and not accepted (3.14.2.1).
        return MqttException.malformed("'%s' is no filter".formatted(filter));
    }

    static boolean shared(String filter) {
        return filter.startsWith(SHARE);
    }

    /// Whether it is a shared subscription to a stream, which there is not: those who share one
    /// read it for one cursor.
    static boolean sharesStream(String filter, String pattern) {
        return shared(filter) && StreamReadings.isStream(pattern);
    }

    static Subscription subscription(Filter filter, int id) {
        return new Subscription(
                filter.filter(), filter.qos(), filter.noLocal(), filter.retainAsPublished(), id);
    }
}
