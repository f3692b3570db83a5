package dev.parley.core.catalog;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What there is: hosts with their exchanges, queues and bindings, and users with their
/// permissions.
///
/// Read on the event loop that owns it; changed by [#apply] only.
public final class Catalog {
    private final Map<String, VirtualHost> hosts = new LinkedHashMap<>();
    private final Map<String, User> users = new LinkedHashMap<>();
    private final Map<Long, QueueEntry> queues = new LinkedHashMap<>();

    /// The queues that connections hold exclusively.
    private final Map<Long, Set<QueueEntry>> owned = new HashMap<>();

    /// Ids below this one may have been used.
    private long idsReserved = 1;

    /// Changes this catalog by one record of the catalog's machine.
    public void apply(int type, ByteBuffer payload) {
        CatalogRecords.apply(this, type, payload);
    }

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

    /// The queues that a connection holds exclusively.
    public Set<QueueEntry> owned(long connection) {
        return Collections.unmodifiableSet(owned.getOrDefault(connection, Set.of()));
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
            host.queues().forEach(this::forget);
            users.values().forEach(user -> user.forget(name));
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
        if (queue.owner() != 0) {
            owned.computeIfAbsent(queue.owner(), owner -> new LinkedHashSet<>()).add(queue);
        }
    }

    void remove(QueueEntry queue) {
        forget(queue);
        VirtualHost host = hosts.get(queue.host());
        if (host != null) {
            host.remove(queue);
        }
    }

    private void forget(QueueEntry queue) {
        queues.remove(queue.id());
        Set<QueueEntry> others = owned.get(queue.owner());
        if (others != null && others.remove(queue) && others.isEmpty()) {
            owned.remove(queue.owner());
        }
    }
}
