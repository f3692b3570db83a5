package dev.parley.front.mqtt;

import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.topic.Subscription;
import org.jspecify.annotations.Nullable;

/// What a client may do: the topics of a virtual host are its exchange `amq.topic`, as in
/// RabbitMQ's MQTT plug-in.
public final class Access {
    static final String EXCHANGE = "amq.topic";

    private final MqttBroker broker;
    private final User user;
    private final VirtualHost host;

    public Access(MqttBroker broker, User user, VirtualHost host) {
        this.broker = broker;
        this.user = user;
        this.host = host;
    }

    public String host() {
        return host.name();
    }

    public String user() {
        return user.name();
    }

    /// Whether the user is still there and may enter the virtual host.
    boolean stands() {
        User now = now();
        return now != null && now.in(host.name()) != null;
    }

    public boolean mayPublish(String topic) {
        User now = now();
        User.Permission permission = now == null ? null : now.in(host.name());
        return now != null
                && permission != null
                && !TopicNames.isReserved(topic)
                && permission.mayWrite(EXCHANGE)
                && now.mayWriteTopic(host.name(), EXCHANGE, key(topic));
    }

    /// @param filter without `$share/…/`
    public boolean maySubscribe(String filter) {
        User now = now();
        User.Permission permission = now == null ? null : now.in(host.name());
        return now != null
                && permission != null
                && (!TopicNames.isSystem(filter) || mayWatch(now))
                && permission.mayRead(EXCHANGE)
                && now.mayReadTopic(host.name(), EXCHANGE, key(filter));
    }

    /// The same of a filter that is subscribed to, as the client has written it.
    boolean mayKeep(String filter) {
        return maySubscribe(new Subscription(filter, 0, false, false, 0).pattern());
    }

    /// Whether what is in a queue or stream may be read.
    boolean mayRead(String queue) {
        User now = now();
        User.Permission permission = now == null ? null : now.in(host.name());
        return permission != null && permission.mayRead(queue);
    }

    private boolean mayWatch(User who) {
        return broker.mqtt().systemTopicsOpen()
                || who.tags().contains("administrator")
                || who.tags().contains("monitoring");
    }

    /// The user as he is by now: his tags or password may have changed, or he may be gone.
    private @Nullable User now() {
        return broker.catalog().user(user.name());
    }

    /// Counts the connection out.
    public void leave() {
        broker.dismiss(user, host);
    }

    /// The routing key of a topic, the binding key of a filter.
    static String key(String topic) {
        return topic.replace('/', '.').replace('+', '*');
    }
}
