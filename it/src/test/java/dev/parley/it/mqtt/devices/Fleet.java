package dev.parley.it.mqtt.devices;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// All devices, on one event loop. They come back by themselves, a bounded number at a time.
final class Fleet implements AutoCloseable {
    private static final int ARRIVING_MAX = 200;
    private static final int AGAIN_MILLIS = 100;

    private final InetSocketAddress node;
    private final Crossings crossings;
    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Device> devices = new ArrayList<>();
    private final ArrayDeque<Device> waiting = new ArrayDeque<>();
    private int arriving;
    private boolean closed;
    private volatile boolean sending;
    private final AtomicInteger subscribed = new AtomicInteger();

    /// @param stride how far the device that another sends to is away from it
    Fleet(int port, int devices, int stride, int messages, Crossings crossings) {
        this.node = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.crossings = crossings;
        for (int i = 0; i < devices; i++) {
            this.devices.add(new Device(this, crossings, i, (i + stride) % devices, messages));
        }
    }

    void connect() {
        loop.execute(() -> {
            waiting.addAll(devices);
            connectMore();
        });
    }

    void send() {
        loop.execute(() -> {
            sending = true;
            devices.forEach(Device::go);
        });
    }

    boolean sending() {
        return sending;
    }

    /// Devices whose subscription stands; any thread.
    int subscriptions() {
        return subscribed.get();
    }

    void subscribed() {
        subscribed.incrementAndGet();
    }

    private void connectMore() {
        while (arriving < ARRIVING_MAX && !waiting.isEmpty() && !closed) {
            arriving++;
            connect(waiting.remove());
        }
    }

    private void connect(Device device) {
        ChannelFuture connecting =
                new Bootstrap()
                        .group(loop)
                        .channel(NioSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .handler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel socket) {
                                        socket.pipeline()
                                                .addLast(new MqttDecoder())
                                                .addLast(MqttEncoder.INSTANCE)
                                                .addLast(device.new Line());
                                    }
                                })
                        .connect(node);
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                lost(device, true);
            }
        });
    }

    /// The node has answered a device that arrived.
    void arrived() {
        arriving--;
        connectMore();
    }

    /// A device has no connection (any more).
    ///
    /// @param arrived whether it had none yet
    void lost(Device device, boolean arrived) {
        arriving -= arrived ? 1 : 0;
        if (closed) {
            return;
        }
        waiting.add(device);
        loop.schedule(this::connectMore, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// What must not have happened; when all is done.
    List<String> faults() throws Exception {
        return loop.submit(crossings::faults).get();
    }

    /// How far everybody has come, for a failure's message.
    String standing() throws Exception {
        return loop.submit(
                        () -> {
                            long ready = devices.stream().filter(Device::ready).count();
                            List<String> open =
                                    devices.stream()
                                            .map(Device::toString)
                                            .filter(one -> !one.isEmpty())
                                            .limit(10)
                                            .toList();
                            return "%d ready, %d arriving, %d waiting; %s; %s"
                                    .formatted(ready, arriving, waiting.size(), crossings, open);
                        })
                .get();
    }

    @Override
    public void close() {
        loop.execute(() -> closed = true);
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
