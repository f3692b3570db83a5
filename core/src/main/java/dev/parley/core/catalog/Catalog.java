package dev.parley.core.catalog;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What there is: hosts with their exchanges, queues and bindings, and users with their
/// permissions.
///
/// Read on the event loop that owns it; changed by [CatalogRecords] only.
public final class Catalog {
    private final Map<String, VirtualHost> hosts = new LinkedHashMap<>();
    private final Map<String, User> users = new LinkedHashMap<>();
    private final Map<Long, QueueEntry> queues = new LinkedHashMap<>();

    /// Ids below this one may have been used.
    private long idsReserved = 1;

    public @Nullable VirtualHost host(String name) {
        return hosts.get(name);
    }

    public Collection<VirtualHost> hosts() {
        return Collections.unmodifiableCollection(hosts.values());
    }

    public @Nullable User user(String name) {
        return users.get(name);
    }

    public Collection<User> users() {
        return Collections.unmodifiableCollection(users.values());
    }

    public @Nullable QueueEntry queue(long id) {
        return queues.get(id);
    }

    public Collection<QueueEntry> queues() {
        return Collections.unmodifiableCollection(queues.values());
    }

    long idsReserved() {
        return idsReserved;
    }

    void reserveIds(long below) {
        idsReserved = Math.max(idsReserved, below);
    }

    void add(VirtualHost host) {
        hosts.put(host.name(), host);
    }

    void removeHost(String name) {
        VirtualHost host = hosts.remove(name);
        if (host != null) {
            host.queues().forEach(queue -> queues.remove(queue.id()));
            users.values().forEach(user -> user.permissions().remove(name));
        }
    }

    void put(User user) {
        users.put(user.name(), user);
    }

    void removeUser(String name) {
        users.remove(name);
    }

    void add(VirtualHost host, QueueEntry queue) {
        host.add(queue);
        queues.put(queue.id(), queue);
    }

    void remove(QueueEntry queue) {
        queues.remove(queue.id());
        VirtualHost host = hosts.get(queue.host());
        if (host != null) {
            host.remove(queue);
        }
    }
}
