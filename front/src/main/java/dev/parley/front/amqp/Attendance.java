package dev.parley.front.amqp;

import dev.parley.core.catalog.Bound;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who is in: connections by user and by virtual host and channels by user, for their limits. A
/// limit that is lowered sends nobody away. On the event loop.
public final class Attendance {
    private final Map<String, Integer> byHost = new HashMap<>();
    private final Map<String, Integer> byUser = new HashMap<>();
    private final Map<String, Integer> channels = new HashMap<>();

    /// Counts a connection in; the texts of the refusals are RabbitMQ's.
    void enter(User user, VirtualHost host) {
        String refusal = admit(user, host);
        if (refusal != null) {
            throw new AmqpException(ReplyCode.NOT_ALLOWED, refusal);
        }
    }

    /// The same for any protocol: returns why it may not be, or null.
    public @Nullable String admit(User user, VirtualHost host) {
        long most = host.most(Bound.CONNECTIONS);
        if (reached(byHost, host.name(), most)) {
            return "access to vhost '%s' refused for user '%s': connection limit (%d) is reached"
                    .formatted(host.name(), user.name(), most);
        }
        most = user.most(Bound.CONNECTIONS);
        if (reached(byUser, user.name(), most)) {
            return "connection refused for user '%s': user connection limit (%d) is reached"
                    .formatted(user.name(), most);
        }
        succeed(user, host);
        return null;
    }

    /// Counts in a connection in the place of one that has just left: the limits may have been
    /// lowered, and there are no more by that.
    public void succeed(User user, VirtualHost host) {
        byHost.merge(host.name(), 1, Integer::sum);
        byUser.merge(user.name(), 1, Integer::sum);
    }

    /// Counts it out.
    public void leave(String user, String host) {
        less(byHost, host);
        less(byUser, user);
    }

    void openChannel(User user) {
        long most = user.most(Bound.CHANNELS);
        if (reached(channels, user.name(), most)) {
            throw new AmqpException(
                    ReplyCode.NOT_ALLOWED,
                    ("number of channels opened for user '%s' has reached the maximum allowed"
                                    + " user limit of (%d)")
                            .formatted(user.name(), most));
        }
        channels.merge(user.name(), 1, Integer::sum);
    }

    void closeChannel(String user) {
        less(channels, user);
    }

    private static boolean reached(Map<String, Integer> counts, String name, long most) {
        return most >= 0 && counts.getOrDefault(name, 0) >= most;
    }

    private static void less(Map<String, Integer> counts, String name) {
        counts.computeIfPresent(name, (same, count) -> count == 1 ? null : count - 1);
    }
}
