package dev.parley.core.catalog;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Somebody who may connect, and what he may do where. Changed in place when the catalog changes;
/// but after a new password or new tags there is a new object under the name.
public final class User {
    private final String name;
    private final String passwordHash;
    private final List<String> tags;
    private final Map<String, Permission> permissions;
    private final Map<String, Map<String, TopicPermission>> topics;
    private final Map<Bound, Long> limits;

    /// @param before the same user until now, whose permissions go on
    User(String name, String passwordHash, List<String> tags, @Nullable User before) {
        this.name = name;
        this.passwordHash = passwordHash;
        this.tags = List.copyOf(tags);
        permissions = before == null ? new LinkedHashMap<>() : before.permissions;
        topics = before == null ? new LinkedHashMap<>() : before.topics;
        limits = before == null ? new EnumMap<>(Bound.class) : before.limits;
    }

    public String name() {
        return name;
    }

    /// As the node's password checker wrote it; never a password.
    public String passwordHash() {
        return passwordHash;
    }

    public List<String> tags() {
        return tags;
    }

    /// Permissions by virtual host.
    public Map<String, Permission> permissions() {
        return Collections.unmodifiableMap(permissions);
    }

    /// What he may do in a virtual host; null: not even enter it.
    public @Nullable Permission in(String host) {
        return permissions.get(host);
    }

    /// The limits on routing keys in a virtual host.
    public Collection<TopicPermission> topicPermissions(String host) {
        return Collections.unmodifiableCollection(topics.getOrDefault(host, Map.of()).values());
    }

    /// Whether he may publish with this routing key to a topic exchange that he may write to.
    public boolean mayWriteTopic(String host, String exchange, String routingKey) {
        TopicPermission permission = topic(host, exchange);
        return permission == null || permission.mayWrite.matches(routingKey);
    }

    /// Whether he may bind with this routing key to a topic exchange that he may read from.
    public boolean mayReadTopic(String host, String exchange, String routingKey) {
        TopicPermission permission = topic(host, exchange);
        return permission == null || permission.mayRead.matches(routingKey);
    }

    /// The limits that are set.
    public Map<Bound, Long> limits() {
        return Collections.unmodifiableMap(limits);
    }

    /// How many he may have; negative: any number.
    public long most(Bound bound) {
        return limits.getOrDefault(bound, -1L);
    }

    void limit(Bound bound, long most) {
        if (most < 0) {
            limits.remove(bound);
        } else {
            limits.put(bound, most);
        }
    }

    @Nullable TopicPermission topic(String host, String exchange) {
        Map<String, TopicPermission> here = topics.get(host);
        return here == null ? null : here.get(exchange);
    }

    void permit(String host, Permission permission) {
        permissions.put(host, permission);
    }

    void forbid(String host) {
        permissions.remove(host);
    }

    void permitTopic(TopicPermission permission) {
        topics.computeIfAbsent(permission.host, host -> new LinkedHashMap<>())
                .put(permission.exchange, permission);
    }

    void forbidTopic(String host, String exchange) {
        Map<String, TopicPermission> here = topics.get(host);
        if (here != null && here.remove(exchange) != null && here.isEmpty()) {
            topics.remove(host);
        }
    }

    /// Nothing is left of a virtual host that is gone.
    void forget(String host) {
        permissions.remove(host);
        topics.remove(host);
    }

    int permissionCount() {
        int count = permissions.size();
        for (Map<String, TopicPermission> here : topics.values()) {
            count += here.size();
        }
        return count;
    }

    /// What a user may do with names in one virtual host. An empty expression permits nothing.
    public static final class Permission {
        private final NamePattern mayConfigure;
        private final NamePattern mayWrite;
        private final NamePattern mayRead;

        /// @throws java.util.regex.PatternSyntaxException if one is no regular expression
        public Permission(String configure, String write, String read) {
            mayConfigure = NamePattern.of(configure);
            mayWrite = NamePattern.of(write);
            mayRead = NamePattern.of(read);
        }

        public String configure() {
            return mayConfigure.text();
        }

        public String write() {
            return mayWrite.text();
        }

        public String read() {
            return mayRead.text();
        }

        public boolean mayConfigure(String thing) {
            return mayConfigure.matches(named(thing));
        }

        public boolean mayWrite(String thing) {
            return mayWrite.matches(named(thing));
        }

        public boolean mayRead(String thing) {
            return mayRead.matches(named(thing));
        }

        /// The default exchange has no name of its own to be matched.
        private static String named(String thing) {
            return thing.isEmpty() ? "amq.default" : thing;
        }
    }

    /// A limit on the routing keys that a user may use with one topic exchange. Where there is
    /// none, all are permitted.
    public static final class TopicPermission {
        private final String host;
        private final String exchange;
        private final NamePattern mayWrite;
        private final NamePattern mayRead;

        /// @throws java.util.regex.PatternSyntaxException if one is no regular expression
        TopicPermission(String user, String host, String exchange, String write, String read) {
            this.host = host;
            this.exchange = exchange;
            mayWrite = NamePattern.expanded(write, user, host);
            mayRead = NamePattern.expanded(read, user, host);
        }

        public String exchange() {
            return exchange;
        }

        public String write() {
            return mayWrite.text();
        }

        public String read() {
            return mayRead.text();
        }
    }
}
