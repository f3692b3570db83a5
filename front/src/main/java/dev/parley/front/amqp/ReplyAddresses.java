package dev.parley.front.amqp;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who waits for replies without a queue (RabbitMQ's direct reply-to), by address.
public final class ReplyAddresses {
    static final String PSEUDO_QUEUE = "amq.rabbitmq.reply-to";

    private final Map<String, AmqpChannel> channels = new HashMap<>();

    void add(String address, AmqpChannel channel) {
        channels.put(address, channel);
    }

    void remove(String address) {
        channels.remove(address);
    }

    @Nullable AmqpChannel find(String address) {
        return channels.get(address);
    }
}
