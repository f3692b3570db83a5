package dev.parley.core.topic;

/// What a durable session has subscribed to.
///
/// @param filter as the subscriber gave it; `$share/group/filter` makes it a member of a group
/// @param qos the highest quality of service it wants
/// @param noLocal whether its own messages are kept from it
/// @param retainAsPublished whether the retain bit is handed on as the publisher set it
/// @param id the identifier that deliveries carry, 0: none
public record Subscription(
        String filter, int qos, boolean noLocal, boolean retainAsPublished, int id) {
    private static final String SHARE = "$share/";

    public boolean shared() {
        return isShared(filter);
    }

    /// Whether a filter is that of a group.
    public static boolean isShared(String filter) {
        return filter.startsWith(SHARE);
    }

    /// The filter that topics are matched with: without the group's name.
    public String pattern() {
        return shared() ? filter.substring(filter.indexOf('/', SHARE.length()) + 1) : filter;
    }
}
