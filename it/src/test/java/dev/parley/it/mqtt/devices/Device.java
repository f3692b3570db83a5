package dev.parley.it.mqtt.devices;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubAckMessage;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A device that outlives its connections: what it has sent and not seen acknowledged it sends
/// again. Every second one speaks version 5. Used on the fleet's event loop.
final class Device {
    private static final int NOTHING = -1;
    private static final int SESSION_EXPIRY = 0x11;
    private static final int ONE_HOUR = 3_600;

    private final Fleet fleet;
    private final Crossings crossings;
    private final int number;
    private final int partner;
    private final int messages;
    private @Nullable ChannelHandlerContext connection;
    private boolean connected;
    private boolean subscribed;
    private boolean ready;
    private int next;
    private int open = NOTHING;

    /// @param partner the device that it sends to
    Device(Fleet fleet, Crossings crossings, int number, int partner, int messages) {
        this.fleet = fleet;
        this.crossings = crossings;
        this.number = number;
        this.partner = partner;
        this.messages = messages;
    }

    private MqttVersion version() {
        return number % 2 == 0 ? MqttVersion.MQTT_3_1_1 : MqttVersion.MQTT_5;
    }

    /// Serves one connection, which has just been made.
    final class Line extends SimpleChannelInboundHandler<MqttMessage> {
        @Override
        public void channelActive(ChannelHandlerContext on) {
            connection = on;
            MqttProperties properties = new MqttProperties();
            if (version() == MqttVersion.MQTT_5) {
                properties.add(new MqttProperties.IntegerProperty(SESSION_EXPIRY, ONE_HOUR));
            }
            on.writeAndFlush(
                    MqttMessageBuilders.connect()
                            .protocolVersion(version())
                            .clientId("device-" + number)
                            .cleanSession(false)
                            .keepAlive(0)
                            .username("guest")
                            .password("guest".getBytes(StandardCharsets.UTF_8))
                            .properties(properties)
                            .build());
        }

        @Override
        public void channelInactive(ChannelHandlerContext on) {
            boolean arriving = connection != null && !connected;
            connection = null;
            connected = false;
            ready = false;
            fleet.lost(Device.this, arriving);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext on, MqttMessage message) {
            if (message.decoderResult().isFailure()) {
                crossings.fault(
                        "device %d: not decodable: %s"
                                .formatted(number, message.decoderResult().cause()));
                on.close();
                return;
            }
            switch (message) {
                case MqttConnAckMessage answer -> onConnected(answer);
                case MqttSubAckMessage answer -> onSubscribed(answer);
                case MqttPublishMessage publish -> onMessage(publish);
                case MqttPubAckMessage answer -> onAcknowledged(answer);
                default -> crossings.fault("device %d got %s".formatted(number, message));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext on, Throwable cause) {
            // A reset by the node that dies; the device comes back.
            on.close();
        }
    }

    private void onConnected(MqttConnAckMessage answer) {
        connected = true;
        fleet.arrived();
        MqttConnectReturnCode code = answer.variableHeader().connectReturnCode();
        if (code != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
            crossings.fault("device %d was refused: %s".formatted(number, code));
            return;
        }
        boolean present = answer.variableHeader().isSessionPresent();
        if (subscribed && !present) {
            crossings.fault("device %d: its session is gone".formatted(number));
        }
        if (subscribed) {
            begin();
            return;
        }
        say(
                MqttMessageBuilders.subscribe()
                        .messageId(1)
                        .addSubscription(MqttQoS.AT_LEAST_ONCE, topic(number))
                        .build());
    }

    private void onSubscribed(MqttSubAckMessage answer) {
        if (!answer.payload().grantedQoSLevels().getFirst().equals(1)) {
            crossings.fault("device %d may not subscribe".formatted(number));
        }
        subscribed = true;
        fleet.subscribed();
        begin();
    }

    private void begin() {
        ready = true;
        if (open != NOTHING) {
            crossings.onRepeat(number, open);
            send(open, true);
        } else {
            go();
        }
    }

    /// Sends the next message if all are allowed to and there is one.
    void go() {
        if (ready && open == NOTHING && next < messages && fleet.sending()) {
            open = next++;
            send(open, false);
        }
    }

    private void send(int message, boolean again) {
        ByteBuf payload = Unpooled.buffer(8).writeInt(number).writeInt(message);
        MqttFixedHeader header =
                new MqttFixedHeader(
                        MqttMessageType.PUBLISH, again, MqttQoS.AT_LEAST_ONCE, false, 0);
        say(
                new MqttPublishMessage(
                        header,
                        new MqttPublishVariableHeader(topic(partner), 1 + message),
                        payload));
    }

    private void onAcknowledged(MqttPubAckMessage answer) {
        if (open == NOTHING || answer.variableHeader().messageId() != 1 + open) {
            crossings.fault("device %d: nobody asked for %s".formatted(number, answer));
            return;
        }
        open = NOTHING;
        crossings.onAcknowledged();
        go();
    }

    private void onMessage(MqttPublishMessage publish) {
        ByteBuf payload = publish.payload();
        crossings.onArrival(payload.readInt(), payload.readInt(), publish.fixedHeader().isDup());
        say(MqttMessageBuilders.pubAck().packetId(publish.variableHeader().packetId()).build());
    }

    boolean ready() {
        return ready;
    }

    /// What is not done yet, or nothing.
    @Override
    public String toString() {
        return next == messages && open == NOTHING
                ? ""
                : "device %d: %s, %d of %d sent, %d open"
                        .formatted(number, ready ? "ready" : "away", next, messages, open);
    }

    private void say(MqttMessage message) {
        ChannelHandlerContext on = connection;
        if (on != null) {
            on.writeAndFlush(message);
        }
    }

    private static String topic(int device) {
        return "devices/" + device + "/in";
    }
}
