package dev.parley.front.wire;

import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.MqttConnection;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Accepts MQTT clients on one port.
public final class MqttListener extends ClientListener {
    /// Binds; throws what the operating system says if it cannot.
    ///
    /// @param arrivals shared by all listeners of a node
    /// @param tls null: plain text
    public MqttListener(
            EventLoopGroup loops,
            InetSocketAddress address,
            MqttBroker broker,
            Round round,
            Arrivals arrivals,
            @Nullable Tls tls) {
        super(
                loops,
                address,
                round,
                arrivals,
                tls,
                socket -> new Session.Mqtt(new MqttConnection(broker, socket)));
    }
}
