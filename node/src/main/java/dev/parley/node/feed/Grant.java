package dev.parley.node.feed;

import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.front.mqtt.Access;
import dev.parley.front.mqtt.MqttBroker;
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

    /// Whether it still holds: its user is there, and of a token the time is not over and the
    /// password the same.
    boolean stands() {
        User now = broker.catalog().user(user.name());
        if (now == null || token == null) {
            return now != null;
        }
        return now.passwordHash().equals(user.passwordHash())
                && broker.wallMillis() < token.expiresMillis();
    }
}
