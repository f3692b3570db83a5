package dev.parley.bench.topic;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A stand-in for a broker: sends every message as it came to everyone who has subscribed to
/// anything. Shows what the load generator reaches when the broker costs next to nothing.
///
/// It acknowledges what is published, ignores what subscribers acknowledge, and keeps nothing.
public final class Mirror {

    private static final int BACKLOG = 4_096;
    private static final byte[] CONNACK = {Packets.CONNACK << 4, 2, 0, 0};
    private static final long WAIT_MILLIS = 1_000;

    private final Loop loop;
    private final List<Peer> subscribers = new ArrayList<>();
    private boolean written;

    private Mirror(Loop loop) {
        this.loop = loop;
    }

    /// Listens on a port of loopback until the process is ended.
    public static void main(String[] arguments) throws IOException {
        try (Loop loop = new Loop();
                ServerSocketChannel listener = ServerSocketChannel.open()) {
            var address =
                    new InetSocketAddress(
                            InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
            listener.bind(address, BACKLOG);
            new Mirror(loop).serve(listener);
        }
    }

    private void serve(ServerSocketChannel listener) throws IOException {
        loop.register(listener, SelectionKey.OP_ACCEPT, key -> accept(listener));
        while (listener.isOpen()) {
            loop.turn(WAIT_MILLIS);
            if (written) {
                written = false;
                // From the last, because one that turns out to be gone leaves the list.
                for (int i = subscribers.size() - 1; i >= 0; i--) {
                    subscribers.get(i).link().flush();
                }
            }
        }
    }

    private void accept(ServerSocketChannel listener) throws IOException {
        SocketChannel channel = listener.accept();
        if (channel != null) {
            var peer = new Peer();
            peer.link = Link.accepted(loop, channel, peer);
        }
    }

    /// One client.
    private final class Peer implements Link.User {

        private @Nullable Link link;

        private Link link() {
            if (link == null) {
                throw new IllegalStateException("a peer without its link");
            }
            return link;
        }

        @Override
        public void onOpen() {
            // Accepted connections are open from the beginning.
        }

        @Override
        public void onPacket(int head, ByteBuffer in, int from, int to) throws IOException {
            switch (head >> 4) {
                case Packets.CONNECT -> link().send(CONNACK);
                case Packets.SUBSCRIBE -> onSubscribe(in, from, to);
                case Packets.PUBLISH -> onPublish(head, in, from, to);
                case Packets.PUBREL -> acknowledge(Packets.PUBCOMP, in.getShort(from));
                case Packets.PUBREC -> acknowledge(Packets.PUBREL, in.getShort(from));
                case Packets.PUBACK, Packets.PUBCOMP -> {}
                default -> {
                    link().close();
                    subscribers.remove(this);
                }
            }
        }

        @Override
        public void onEnd(String why) {
            subscribers.remove(this);
        }

        private void onSubscribe(ByteBuffer in, int from, int to) {
            subscribers.add(this);
            ByteBuffer out = link().out(5).put((byte) (Packets.SUBACK << 4)).put((byte) 3);
            out.putShort(in.getShort(from)).put(in.get(to - 1));
        }

        private void onPublish(int head, ByteBuffer in, int from, int to) {
            int qos = head >> 1 & 3;
            int lengthBytes = to - from < Packets.TOP_BIT ? 1 : 2;
            int at = from - lengthBytes - 1;
            for (Peer subscriber : subscribers) {
                ByteBuffer out = subscriber.link().out(to - at);
                out.put(out.position(), in, at, to - at).position(out.position() + to - at);
            }
            written = true;
            if (qos > 0) {
                int id = in.getShort(from + 2 + in.getShort(from));
                acknowledge(qos == 1 ? Packets.PUBACK : Packets.PUBREC, id);
            }
        }

        private void acknowledge(int type, int id) {
            Packets.acknowledge(link().out(4), type, id);
        }
    }
}
