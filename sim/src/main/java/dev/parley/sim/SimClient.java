package dev.parley.sim;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A client that speaks AMQP to the node, and does at random what clients do.
final class SimClient implements SimWire.Peer {
    /// Something that takes effect once the node has read so far.
    private record Pending(long offset, SimChannel channel, Runnable effect) {}

    private static final int CHANNELS = 3;

    private final int number;
    private final SimNode node;
    private final Ledger ledger;
    private final Dice dice;
    private final History history;
    private final Profile profile;
    private final Publishers publishers;
    private final Repeats repeats;
    private final SimWire wire;
    private final Frame.Reader reader = new Frame.Reader(this::onArrival);
    private final List<Frame> arrived = new ArrayList<>();
    private final Map<Integer, SimChannel> channels = new TreeMap<>();
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final List<SimChannel> dying = new ArrayList<>();
    private boolean open;
    private boolean leaving;
    private boolean ended;
    private boolean stalled;
    private int lastChannel;

    /// Numbers for publishers, never used again in a run.
    static final class Publishers {
        private int last;

        int next() {
            return ++last;
        }
    }

    SimClient(
            int number,
            SimNode node,
            Ledger ledger,
            Dice dice,
            History history,
            Profile profile,
            Publishers publishers,
            Repeats repeats) {
        this.number = number;
        this.node = node;
        this.ledger = ledger;
        this.dice = dice;
        this.history = history;
        this.profile = profile;
        this.publishers = publishers;
        this.repeats = repeats;
        this.wire = new SimWire(node, this);
        wire.send(Frames.PROTOCOL);
    }

    Ledger ledger() {
        return ledger;
    }

    Dice dice() {
        return dice;
    }

    Repeats repeats() {
        return repeats;
    }

    Profile profile() {
        return profile;
    }

    SimNode node() {
        return node;
    }

    SimWire wire() {
        return wire;
    }

    /// Whether the node has read all that was sent.
    boolean isRead() {
        return wire.sent() == wire.consumed();
    }

    boolean ended() {
        return ended;
    }

    boolean open() {
        return open && !leaving && !ended;
    }

    int number() {
        return number;
    }

    List<SimChannel> channels() {
        return new ArrayList<>(channels.values());
    }

    void note(int kind, String what) {
        history.note(kind, number, () -> "client " + number + ": " + what);
    }

    // ---- sending

    void send(byte[] bytes) {
        wire.send(bytes);
    }

    /// Sends, and runs `effect` when the node has read it with the channel still open.
    void send(SimChannel channel, byte[] bytes, Runnable effect) {
        wire.send(bytes);
        pending.add(new Pending(wire.sent(), channel, effect));
    }

    /// At the end of a round: what has been read has taken effect, unless the channel had ended.
    void settle() {
        while (!pending.isEmpty() && pending.peek().offset() <= wire.consumed()) {
            Pending done = pending.remove();
            if (!done.channel().down()) {
                done.effect().run();
            }
        }
    }

    /// Does one thing that the dice choose.
    void act() {
        if (!open()) {
            return;
        }
        if (stalled && dice.oneIn(4)) {
            stalled = false;
            wire.drained();
        }
        int what = dice.weighted(6, 300, 1, 1, 2);
        if (what == 0 || channels.isEmpty()) {
            openChannel();
        } else if (what == 1) {
            dice.pick(channels()).act();
        } else if (what == 2) {
            leave();
        } else if (what == 3) {
            breakDown();
        } else {
            stalled = true;
        }
    }

    private void openChannel() {
        if (channels.size() < CHANNELS) {
            SimChannel channel = new SimChannel(this, ++lastChannel % 60 + 1, publishers.next());
            if (channels.putIfAbsent(channel.number(), channel) == null) {
                channel.open();
            }
        }
    }

    /// Says goodbye.
    void leave() {
        if (!leaving && !ended) {
            leaving = true;
            note(20, "closes");
            channels.values().forEach(SimChannel::goDown);
            channels.clear();
            send(
                    Frames.method(
                            0,
                            10,
                            50,
                            out -> {
                                out.writeShort(200);
                                Frames.text(out, "bye");
                                out.writeInt(0);
                            }));
        }
    }

    /// Is gone without a word.
    void breakDown() {
        if (!ended) {
            note(21, "breaks");
            ended = true;
            endChannels();
            wire.breakDown();
            bury();
        }
    }

    /// The node is gone.
    void orphaned() {
        ended = true;
        channels.values().forEach(SimChannel::goDown);
    }

    void add(SimChannel channel) {
        channels.put(channel.number(), channel);
    }

    /// Reads what has come.
    void drain() {
        if (stalled) {
            stalled = false;
            wire.drained();
        }
    }

    void forget(SimChannel channel) {
        channels.remove(channel.number(), channel);
    }

    // ---- hearing

    @Override
    public boolean takes() {
        return !stalled;
    }

    @Override
    public void onBytes(ByteBuffer bytes) {
        reader.read(bytes);
    }

    @Override
    public void onEnd() {
        ended = true;
        endChannels();
        bury();
    }

    private void endChannels() {
        for (SimChannel channel : channels.values()) {
            channel.goDown();
            dying.add(channel);
        }
        channels.clear();
    }

    private void bury() {
        dying.forEach(SimChannel::buried);
        dying.clear();
    }

    /// A channel that the node closes in this round holds nothing any more: somebody else may get
    /// it in the same round.
    private void onArrival(Frame frame) {
        arrived.add(frame);
        SimChannel channel = channels.get(frame.channel());
        boolean over = frame.id() == Frame.CHANNEL_CLOSE || frame.id() == Frame.RECOVER_OK;
        if (channel != null && over) {
            channel.letGo();
        } else if (frame.id() == Frame.CONNECTION_CLOSE) {
            channels.values().forEach(SimChannel::letGo);
        }
    }

    @Override
    public void onRoundEnd() {
        List<Frame> now = List.copyOf(arrived);
        arrived.clear();
        now.forEach(this::onFrame);
    }

    private void onFrame(Frame frame) {
        history.note(22, frame.id(), () -> "client " + number + " hears " + frame);
        if (frame.channel() != 0) {
            SimChannel channel = channels.get(frame.channel());
            if (channel != null) {
                channel.onFrame(frame);
            } else if (frame.id() == Frame.CHANNEL_CLOSE) {
                send(Frames.method(frame.channel(), 20, 41, out -> {}));
            }
            return;
        }
        switch (frame.id()) {
            case 10 << 16 | 10 -> send(startOk());
            case 10 << 16 | 30 -> send(tuneOk(profile.amqp().frameMax()));
            case 10 << 16 | 41 -> open = true;
            case Frame.CONNECTION_CLOSE -> onClose(frame);
            case Frame.CONNECTION_CLOSE_OK -> {
                // Most close the socket then, some leave that to the node.
                if (dice.oneIn(4)) {
                    note(23, "leaves the end to the node");
                } else {
                    breakDown();
                }
            }
            default -> {
                // Blocked, unblocked.
            }
        }
    }

    /// The answer to the node's greeting: who we are.
    static byte[] startOk() {
        return Frames.method(
                0,
                10,
                11,
                out -> {
                    Frames.table(
                            out,
                            Map.of(
                                    "capabilities",
                                    Map.of(
                                            "consumer_cancel_notify",
                                            true,
                                            "connection.blocked",
                                            true)));
                    Frames.text(out, "PLAIN");
                    byte[] login =
                            "\0guest\0guest".getBytes(java.nio.charset.StandardCharsets.UTF_8);
                    out.writeInt(login.length);
                    out.write(login);
                    Frames.text(out, "en_US");
                });
    }

    /// The answer to the node's bounds, and the wish to come in.
    static byte[] tuneOk(int frameMax) {
        return new Frames()
                .add(
                        0,
                        10,
                        31,
                        out -> {
                            out.writeShort(64);
                            out.writeInt(frameMax);
                            out.writeShort(0);
                        })
                .add(
                        0,
                        10,
                        40,
                        out -> {
                            Frames.text(out, "/");
                            Frames.text(out, "");
                            out.writeByte(0);
                        })
                .bytes();
    }

    private void onClose(Frame frame) {
        int code = frame.arguments().getShort();
        String text = Frame.text(frame.arguments());
        endChannels();
        bury();
        leaving = true;
        send(Frames.method(0, 10, 51, out -> {}));
        if (code != 320) {
            throw new Violation("a client that kept to the rules was closed: " + code + " " + text);
        }
    }
}
