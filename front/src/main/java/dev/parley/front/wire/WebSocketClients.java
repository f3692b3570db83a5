package dev.parley.front.wire;

import dev.parley.front.mqtt.MqttBroker;
import dev.parley.front.mqtt.MqttConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// MQTT clients that came through WebSocket (MQTT 5, chapter 6).
public final class WebSocketClients extends ClientSockets {
    /// The path that they ask for.
    public static final String PATH = "/mqtt";

    private static final String PROTOCOLS = "mqtt,mqttv3.1";

    private final int frameMax;

    public WebSocketClients(MqttBroker broker, Round round, Arrivals arrivals) {
        super(round, arrivals, socket -> new Session.Mqtt(new MqttConnection(broker, socket)));
        this.frameMax = broker.mqtt().packetBytesMax();
    }

    /// Whether a request asks for MQTT over WebSocket.
    public static boolean wanted(FullHttpRequest request) {
        String path = request.uri();
        int query = path.indexOf('?');
        return (query < 0 ? path : path.substring(0, query)).equals(PATH)
                && request.headers()
                        .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    /// Makes an HTTP connection one of MQTT; the pipeline holds nothing of HTTP afterwards but what
    /// the handshake itself removes.
    ///
    /// @param tls null: plain text
    /// @return false if the client does not say that it speaks MQTT
    public boolean adopt(
            ChannelHandlerContext context, FullHttpRequest request, @Nullable Tls tls) {
        WebSocketServerHandshaker handshaker =
                new WebSocketServerHandshakerFactory(PATH, PROTOCOLS, false, frameMax)
                        .newHandshaker(request);
        String offered = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
        if (handshaker == null || offered == null || !offered.contains("mqtt")) {
            return false;
        }
        Channel channel = context.channel();
        channel.config().setWriteBufferWaterMark(ClientListener.WATER);
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        handshaker.handshake(channel, request);
        channel.pipeline().addLast(new Frames()).addLast(one(tls, false));
        return true;
    }

    /// Between frames of WebSocket and bytes of MQTT, whose packets need not begin where frames do.
    static final class Frames extends ChannelDuplexHandler {
        /// Time that a client gets to read that the node closes, and to say so itself.
        static final long LINGER_MILLIS = 1_000;

        private boolean closing;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            switch ((WebSocketFrame) message) {
                case CloseWebSocketFrame frame when closing -> {
                    frame.release();
                    context.close();
                }
                case WebSocketFrame frame when closing -> frame.release(); // too late
                case BinaryWebSocketFrame frame -> context.fireChannelRead(frame.content());
                case ContinuationWebSocketFrame frame -> context.fireChannelRead(frame.content());
                case PingWebSocketFrame frame -> {
                    // Who asks and does not read gets no answer.
                    if (context.channel().isWritable()) {
                        context.writeAndFlush(new PongWebSocketFrame(frame.content()));
                    } else {
                        frame.release();
                    }
                }
                case CloseWebSocketFrame frame -> {
                    closing = true;
                    context.writeAndFlush(frame).addListener(ChannelFutureListener.CLOSE);
                }
                case PongWebSocketFrame frame -> frame.release();
                case WebSocketFrame frame -> {
                    frame.release();
                    end(context, WebSocketCloseStatus.INVALID_MESSAGE_TYPE)
                            .addListener(ChannelFutureListener.CLOSE);
                }
            }
        }

        private io.netty.channel.ChannelFuture end(
                ChannelHandlerContext context, WebSocketCloseStatus status) {
            closing = true;
            return context.writeAndFlush(new CloseWebSocketFrame(status));
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (closing && message instanceof ByteBuf late) {
                late.release(); // nothing may come behind the frame that closes
                promise.trySuccess();
            } else if (message instanceof ByteBuf bytes && bytes.isReadable()) {
                context.write(new BinaryWebSocketFrame(bytes), promise);
            } else {
                context.write(message, promise);
            }
        }

        @Override
        public void close(ChannelHandlerContext context, ChannelPromise promise) {
            if (closing || !context.channel().isActive()) {
                context.close(promise);
                return;
            }
            end(context, WebSocketCloseStatus.NORMAL_CLOSURE)
                    .addListener(said -> {
                        if (!said.isSuccess()) {
                            close(promise, context);
                        }
                    });
            // Not when it is said: who does not read never has it.
            context.executor()
                    .schedule(() -> close(promise, context), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        }

        private static void close(ChannelPromise promise, ChannelHandlerContext context) {
            if (!promise.isDone()) {
                context.close(promise);
            }
        }
    }
}
