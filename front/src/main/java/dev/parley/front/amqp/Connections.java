package dev.parley.front.amqp;

import dev.parley.core.catalog.User;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The connections of a node, for whoever looks after it.
public final class Connections {
    /// Memory for output that is large, and for bodies that come in parts; who needs more takes it
    /// from the heap.
    private static final long OUTPUT_BYTES = 16 << 20;

    private static final long BODY_BYTES = 32 << 20;

    private final Map<Long, AmqpConnection> open = new LinkedHashMap<>();
    private final Pieces output = new Pieces(OUTPUT_BYTES);
    private final Pieces bodies = new Pieces(BODY_BYTES);
    private final Unfinished unfinished;
    private final Greeting greeting;

    /// @param unfinishedMax bytes of content that all clients together may leave without an end
    public Connections(long unfinishedMax, AmqpConfig config) {
        this.unfinished = new Unfinished(unfinishedMax);
        this.greeting = new Greeting(config);
    }

    Greeting greeting() {
        return greeting;
    }

    void add(AmqpConnection connection) {
        open.put(connection.id(), connection);
    }

    void remove(AmqpConnection connection) {
        open.remove(connection.id());
    }

    /// The content that they have not come to the end of.
    Unfinished unfinished() {
        return unfinished;
    }

    /// For what is written.
    Pieces output() {
        return output;
    }

    /// For bodies that come in parts.
    Pieces bodies() {
        return bodies;
    }

    /// Those that have logged in, oldest first.
    public List<ConnectionStatus> list() {
        return open.values().stream()
                .filter(AmqpConnection::open)
                .map(AmqpConnection::status)
                .toList();
    }

    /// What publishers have to wait for has changed.
    public void onAlarm() {
        List.copyOf(open.values()).forEach(AmqpConnection::onAlarm);
    }

    /// Whoever is connected as one of them has to go, even if there is another of the name by now.
    public void onUsersGone(Collection<String> users) {
        eachOf(users, (one, user) -> one.shutdown("user '%s' was deleted".formatted(user)));
    }

    /// They may do something else by now: consumers end whose queues they may not read any more,
    /// and connections to virtual hosts that they may not enter.
    public void onPermissionsChanged(Collection<String> users) {
        eachOf(users, Connections::endForbidden);
    }

    private static void endForbidden(AmqpConnection one, String user) {
        if (!one.open()) {
            return;
        }
        String host = one.host().name();
        User now = one.broker().catalog().user(user);
        User.Permission permission = now == null ? null : now.in(host);
        if (permission == null) {
            one.shutdown("access to vhost '%s' refused for user '%s'".formatted(host, user));
        } else {
            List.copyOf(one.channels())
                    .forEach(channel -> channel.consumers().keepOnly(permission));
        }
    }

    private void eachOf(Collection<String> users, BiConsumer<AmqpConnection, String> action) {
        for (AmqpConnection one : List.copyOf(open.values())) {
            String user = one.loggedIn();
            if (user != null && users.contains(user)) {
                one.soon(() -> action.accept(one, user));
            }
        }
    }

    /// Ends one, telling its client why; returns whether there was such a one.
    public boolean close(long id, String why) {
        @Nullable AmqpConnection connection = open.get(id);
        if (connection == null || !connection.open()) {
            return false;
        }
        connection.shutdown(why);
        return true;
    }
}
