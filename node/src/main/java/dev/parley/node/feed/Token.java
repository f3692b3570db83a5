package dev.parley.node.feed;

import dev.parley.api.SubjectFilter;
import java.util.List;

/// What somebody who is not told the password may do as its user, for a while.
///
/// @param subscribe filters that it may subscribe to, or to parts of
/// @param publish filters whose topics it may publish to
/// @param expiresMillis since 1970
public record Token(
        String user,
        String host,
        List<String> subscribe,
        List<String> publish,
        long expiresMillis) {
    public Token {
        subscribe = List.copyOf(subscribe);
        publish = List.copyOf(publish);
    }

    boolean maySubscribe(String filter) {
        return covers(subscribe, filter);
    }

    boolean mayReadStream(String name) {
        boolean plain = name.indexOf('+') < 0 && name.indexOf('#') < 0;
        return plain && covers(subscribe, "$stream/" + name);
    }

    boolean mayPublish(String topic) {
        return covers(publish, topic);
    }

    private static boolean covers(List<String> filters, String asked) {
        SubjectFilter wanted = new SubjectFilter(asked);
        return filters.stream().anyMatch(one -> new SubjectFilter(one).covers(wanted));
    }
}
