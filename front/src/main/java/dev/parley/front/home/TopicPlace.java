package dev.parley.front.home;

import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Target;
import dev.parley.core.topic.Terms;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicHost;
import dev.parley.core.topic.TopicMessage;
import dev.parley.front.mqtt.Access;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.MqttMetrics.Count;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the topics of one shard see of the node.
final class TopicPlace implements TopicHost {
    private static final Logger LOG = LoggerFactory.getLogger(TopicPlace.class);

    private final int shard;
    private final Topics topics;
    private final MqttBroker broker;
    private final Home.Watch watch;

    TopicPlace(int shard, Topics topics, MqttBroker broker, Home.Watch watch) {
        this.shard = shard;
        this.topics = topics;
        this.broker = broker;
        this.watch = watch;
    }

    @Override
    public int shard() {
        return shard;
    }

    @Override
    public boolean exists(String host) {
        return topics.exists(host);
    }

    @Override
    public boolean mayPublish(String host, @Nullable String user, String topic) {
        if (user == null || user.equals(TopicCommand.NODE)) {
            return true;
        }
        User now = broker.catalog().user(user);
        VirtualHost where = broker.catalog().host(host);
        boolean may =
                now != null && where != null && new Access(broker, now, where).mayPublish(topic);
        if (!may) {
            LOG.debug("a will of user {} to {} is not permitted any more", user, topic);
        }
        return may;
    }

    @Override
    public void onSubscribed(String host, long session, Subscription subscription) {
        topics.onSubscribed(host, session, subscription);
    }

    @Override
    public void onUnsubscribed(String host, long session, String filter) {
        topics.onUnsubscribed(host, session, filter);
    }

    @Override
    public void onEnded(String host, long session) {
        topics.onEnded(host, session);
    }

    @Override
    public List<Target> route(String host, TopicMessage message, boolean retain, long publisher) {
        return topics.route(host, message, retain, publisher);
    }

    @Override
    public int keeper(String host, String topic) {
        return topics.shardOf(host, topic);
    }

    @Override
    public void onWill(String host, TopicMessage message, boolean retain, long publisher) {
        topics.onWill(host, message, retain, publisher);
    }

    @Override
    public @Nullable Target member(String host, Terms terms, long session, boolean connected) {
        return topics.member(host, terms, session, connected);
    }

    @Override
    public void onOverflow(String host, String clientId) {
        broker.mqttMetrics().count(Count.OVERFLOWN);
    }

    @Override
    public void onDamaged(String topicOrClientId, long position) {
        watch.onDamaged(topicOrClientId, position);
    }
}
