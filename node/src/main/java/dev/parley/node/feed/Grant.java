package dev.parley.node.feed;

import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.front.mqtt.Access;
import dev.parley.front.mqtt.MqttBroker;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What somebody may do with the topics of a virtual host: what his user may, and of that what his
/// token says, if he came with one.
public final class Grant {
    private final MqttBroker broker;
    private final User user;
    private final VirtualHost host;
    private final Access access;
    private final @Nullable Token token;
    private boolean inside;

    /// What the user was and might when it was last looked at.
    private List<Object> seen = List.of();

    public Grant(MqttBroker broker, User user, VirtualHost host, @Nullable Token token) {
        this.broker = broker;
        this.user = user;
        this.host = host;
        this.access = new Access(broker, user, host);
        this.token = token;
    }

    public String user() {
        return user.name();
    }

    public String host() {
        return host.name();
    }

    /// When it ends, in milliseconds since 1970; 0: not by itself.
    public long expiresMillis() {
        return token == null ? 0 : token.expiresMillis();
    }

    /// @param filter one that is well-formed
    public boolean maySubscribe(String filter) {
        return access.maySubscribe(filter) && (token == null || token.maySubscribe(filter));
    }

    /// Whether he may read a stream: as for AMQP, and a token names it `$stream/NAME`.
    public boolean mayReadStream(String name) {
        User now = broker.catalog().user(user.name());
        User.Permission permission = now == null ? null : now.in(host.name());
        return permission != null
                && permission.mayRead(name)
                && (token == null || token.mayReadStream(name));
    }

    /// @param topic one that is well-formed
    public boolean mayPublish(String topic) {
        return access.mayPublish(topic) && (token == null || token.mayPublish(topic));
    }

    /// Whether what the user may has changed since this was asked the last time.
    boolean changed() {
        List<Object> known = new ArrayList<>();
        User now = broker.catalog().user(user.name());
        if (now != null) {
            known.add(now);
            User.Permission permission = now.in(host.name());
            if (permission != null) {
                known.add(permission);
            }
            known.addAll(now.topicPermissions(host.name()));
        }
        boolean changed = !known.equals(seen);
        seen = known;
        return changed;
    }

    /// Counts a connection in; returns why it may not be, or null.
    @Nullable String enter() {
        if (user.in(host.name()) == null) {
            return "user '%s' may not use vhost '%s'".formatted(user.name(), host.name());
        }
        String refusal = broker.admit(user, host);
        inside = refusal == null;
        return refusal;
    }

    /// Counts it out.
    void leave() {
        if (inside) {
            inside = false;
            access.leave();
        }
    }

    /// Whether it still holds: its user is there and may enter the virtual host, which is still the
    /// same, and of a token the time is not over and the password the same.
    boolean stands() {
        User now = broker.catalog().user(user.name());
        if (now == null
                || now.in(host.name()) == null
                || broker.catalog().host(host.name()) != host) {
            return false;
        }
        if (token == null) {
            return true;
        }
        return now.passwordHash().equals(user.passwordHash())
                && broker.wallMillis() < token.expiresMillis();
    }
}
