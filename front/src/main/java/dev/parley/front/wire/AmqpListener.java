package dev.parley.front.wire;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.Broker;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Accepts AMQP clients on one port.
public final class AmqpListener extends ClientListener {
    /// Binds; throws what the operating system says if it cannot.
    ///
    /// @param arrivals shared by all listeners of a node
    /// @param tls null: plain text
    public AmqpListener(
            EventLoopGroup loops,
            InetSocketAddress address,
            Broker broker,
            Round round,
            Arrivals arrivals,
            @Nullable Tls tls) {
        super(
                loops,
                address,
                round,
                arrivals,
                tls,
                socket -> new Session.Amqp(new AmqpConnection(broker, socket)));
    }

    /// The connections that are there.
    public List<AmqpConnection> connections() {
        return sessions().stream()
                .filter(Session.Amqp.class::isInstance)
                .map(session -> ((Session.Amqp) session).connection())
                .toList();
    }
}
