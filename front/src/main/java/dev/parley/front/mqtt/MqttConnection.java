package dev.parley.front.mqtt;

import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.TopicDelivery;
import dev.parley.front.mqtt.ClientPacket.Acknowledgement;
import dev.parley.front.mqtt.ClientPacket.Authenticate;
import dev.parley.front.mqtt.ClientPacket.Connect;
import dev.parley.front.mqtt.ClientPacket.Disconnect;
import dev.parley.front.mqtt.ClientPacket.Ping;
import dev.parley.front.mqtt.ClientPacket.Publish;
import dev.parley.front.mqtt.ClientPacket.Subscribe;
import dev.parley.front.mqtt.ClientPacket.Unsubscribe;
import dev.parley.front.mqtt.ClientPacket.Will;
import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.PublishFrame.Naming;
import dev.parley.front.pace.Throttle;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One client's connection: its login, what it says and is told, keep-alive, and the end of it all.
///
/// Bytes come in by [#read], go out through [Wire]. While an answer of the node is awaited that
/// later packets depend on, the connection is paused: what has been received stays in the caller's
/// buffer.
public final class MqttConnection implements PacketReader.Sink {
    /// The socket under a connection.
    public interface Wire {
        /// Something stands in the output; it is to be written at the end of the round.
        void flushSoon();

        /// Reading may go on, or should: bytes may be left in the input buffer.
        void resume();

        /// Runs something on the event loop after a while.
        void later(Runnable task, long millis);

        /// Close when everything written so far is out.
        void close();

        /// Bytes written and not yet taken by the client.
        long backlog();

        /// Whether the client takes what is sent to it.
        boolean writable();

        /// Where the client is.
        InetSocketAddress address();

        /// Name in the client's certificate, or null.
        @Nullable String certificateName();

        /// For people: address and port of the client.
        String peer();
    }

    private enum State {
        HELLO,
        LOGIN,
        CHALLENGED,
        OPEN,
        CLOSED
    }

    /// A CONNECT is no larger than its fields can be.
    private static final int CONNECT_MAX = 512 << 10;

    /// Times the output bound at which a client that does not read is not asked further.
    private static final long OVERFULL = 64;

    /// Time after which a client that has sent too much is looked at again, at the latest.
    private static final long PAUSE_MILLIS = 1_000;

    private final MqttBroker broker;
    private final Wire wire;
    private final long id;
    private final long since;
    private final PacketReader reader = new PacketReader(CONNECT_MAX);
    private final PacketWriter out = new PacketWriter();

    private State state = State.HELLO;
    private @Nullable Opened opened;
    private @Nullable Login login;
    private Login.@Nullable Renewal renewal;
    private boolean full;
    private boolean held;
    private boolean awaitsDisk;
    private int fullQueues;
    private @Nullable Throttle throttle;
    private boolean throttled;
    private boolean failing;
    private boolean counted;
    private @Nullable Access admitted;
    private @Nullable String claimed;
    private long lastRead;
    private long received;
    private long sent;

    /// What holds for a connection that is open.
    record Opened(
            Connect hello,
            String clientId,
            Access access,
            long keepAliveMillis,
            Aliases aliases,
            PacketDecoder decoder,
            MqttSession session,
            Qos0Output qos0) {}

    public MqttConnection(MqttBroker broker, Wire wire) {
        this.broker = broker;
        this.wire = wire;
        this.id = broker.nextId();
        this.since = broker.tickMillis();
        this.lastRead = since;
        this.counted = true;
        broker.mqttMetrics().count(Count.CONNECTIONS);
    }

    MqttBroker broker() {
        return broker;
    }

    Wire wire() {
        return wire;
    }

    private Opened opened() {
        Opened now = opened;
        if (now == null) {
            throw new IllegalStateException("the connection is not open");
        }
        return now;
    }

    Access access() {
        return opened().access();
    }

    /// Who has been let in, or null.
    public @Nullable String user() {
        Access in = admitted;
        return in == null ? null : in.user();
    }

    /// Whether one of these users has been let in here.
    public boolean isOf(Collection<String> users) {
        String name = user();
        return name != null && users.contains(name);
    }

    String clientId() {
        return opened().clientId();
    }

    /// The session as it stands now, or null before there is one.
    public @Nullable SessionView view() {
        Opened now = opened;
        if (now == null) {
            return null;
        }
        SessionView.Load load = now.session().load();
        return new SessionView(
                id,
                now.clientId(),
                now.access().host(),
                now.access().user(),
                wire.peer(),
                now.hello().version().text(),
                now.keepAliveMillis() / 1_000,
                broker.tickMillis() - since,
                load.session(),
                load.subscriptions(),
                load.inFlight(),
                load.waiting() + now.qos0().waiting(),
                load.unreleased(),
                received,
                sent,
                now.qos0().slow().word(),
                now.qos0().missed(),
                now.qos0().missedOf());
    }

    boolean five() {
        return opened().hello().version().isFive();
    }

    /// Whether what a durable session has subscribed to is a stream: no topic, but history.
    public static boolean readsStream(Subscription subscription) {
        return StreamReadings.isKept(subscription);
    }

    // ---- bytes in

    /// Takes what the client has sent and leaves what it cannot take yet in `in`.
    public void read(ByteBuffer in) {
        if (state == State.CLOSED) {
            in.position(in.limit());
            return;
        }
        lastRead = broker.tickMillis();
        try {
            reader.read(in, this);
        } catch (MqttException e) {
            fail(e);
        }
        Opened now = opened;
        if (now != null) {
            now.session().onBreak();
        }
        if (state == State.CLOSED) {
            in.position(in.limit());
        }
    }

    /// The bytes that the packet at the front of `in` needs before [#read] can take it.
    public static int needed(ByteBuffer in) {
        return PacketReader.needed(in);
    }

    @Override
    public boolean paused() {
        if (state == State.LOGIN || state == State.CLOSED || failing || held || throttled) {
            return true;
        }
        Opened now = opened;
        return now != null && (now.session().busy() || overfull());
    }

    /// A client that asks and does not read the answers is not asked further.
    private boolean overfull() {
        return out.size() > 0
                && out.size() + wire.backlog() > broker.mqtt().outputBytesMax() * OVERFULL;
    }

    @Override
    public void onPacket(int firstByte, ByteBuffer body) {
        if (state == State.HELLO) {
            hello(firstByte, body);
            return;
        }
        if (state == State.CHALLENGED) {
            answered(firstByte, body);
            return;
        }
        Opened now = opened();
        int size = body.remaining();
        switch (now.decoder().read(firstByte, body)) {
            case Publish packet -> publish(packet);
            case Acknowledgement packet -> now.session().onAcknowledgement(packet);
            case Subscribe packet -> now.session().onSubscribe(packet);
            case Unsubscribe packet -> now.session().onUnsubscribe(packet);
            case Ping packet -> {
                out.bare(PacketType.PINGRESP);
                wire.flushSoon();
            }
            case Disconnect packet -> goodbye(packet);
            case Authenticate packet -> renew(packet);
            case Connect packet -> throw MqttException.protocol("CONNECT twice");
        }
        Throttle rate = throttle;
        if (rate != null && !PacketType.of(firstByte).acknowledges()) {
            rate.take(1 + VariableInt.size(size) + size, broker.tickMillis());
            awaitRate(rate);
        }
    }

    /// Reads no more from a client that has sent too much, until it may send again.
    private void awaitRate(Throttle rate) {
        long pause = rate.pause(broker.tickMillis());
        if (pause > 0 && state != State.CLOSED) {
            if (!throttled) {
                throttled = true;
                broker.mqttMetrics().count(Count.THROTTLED);
            }
            wire.later(() -> awaitRate(rate), Math.min(pause, PAUSE_MILLIS));
        } else if (throttled) {
            throttled = false;
            readAgain();
        }
    }

    private void publish(Publish packet) {
        received++;
        broker.mqttMetrics().count(Count.RECEIVED);
        String topic = packet.topic();
        int alias = packet.properties().alias();
        if (topic.isEmpty() && alias == 0) {
            throw MqttException.protocol("a message without a topic");
        }
        if (!TopicNames.fits(topic, broker.mqtt().levelsMax())) {
            throw MqttException.malformed("a topic that is too long, or has too many levels");
        }
        if (TopicNames.hasWildcard(topic)) {
            throw MqttException.malformed("a topic that cannot be published to");
        }
        String resolved = opened().aliases().incoming(topic, alias);
        opened().session().onPublish(packet, resolved);
        if (packet.qos() == 0
                && state == State.OPEN
                && mustWait()
                && broker.topics().isQueued(access().host(), resolved)) {
            hold(); // queues are on the disk: what comes next waits
        }
    }

    /// Publishers of what goes to the disk wait while it is behind or full: of QoS 1 and 2, and of
    /// what is retained. All wait for a full queue that blocks its publishers. Who subscribes waits
    /// while the disk is behind: that may be much, too.
    @Override
    public boolean holds(int firstByte) {
        PacketType type = PacketType.of(firstByte);
        boolean waits =
                state == State.OPEN
                        && switch (type) {
                            case PUBLISH -> fullQueues > 0 || ((firstByte & 7) != 0 && mustWait());
                            case SUBSCRIBE -> broker.behind();
                            default -> false;
                        };
        if (waits) {
            hold();
        }
        return waits;
    }

    private boolean mustWait() {
        return broker.behind() || broker.holdsPublishers();
    }

    private void hold() {
        held = true;
        awaitDisk();
    }

    /// Returns whether the disk is behind: then what is held goes on when it has caught up.
    private boolean awaitDisk() {
        boolean behind = broker.behind();
        if (behind && !awaitsDisk) {
            awaitsDisk = true;
            broker.whenCaughtUp(() -> {
                awaitsDisk = false;
                release();
            });
        }
        return behind;
    }

    /// A queue is full that the client publishes to and must wait for, or one of those has room.
    public void onQueue(boolean full) {
        fullQueues += full ? 1 : -1;
        onRoom();
    }

    /// What publishers have to wait for has changed.
    public void onRoom() {
        if (held && fullQueues == 0 && !broker.holdsPublishers() && !awaitDisk()) {
            release();
        }
    }

    private void release() {
        held = false;
        readAgain();
    }

    /// What the client has said meanwhile has not been looked at: it was not silent.
    private void readAgain() {
        lastRead = broker.tickMillis();
        wire.resume();
    }

    private void goodbye(Disconnect packet) {
        if (packet.sessionExpiry() > 0 && opened().hello().sessionExpiry() == 0) {
            throw MqttException.protocol("a session that ends with its connection is prolonged");
        }
        end(packet.reason() != 0, packet.sessionExpiry());
    }

    // ---- login

    private void hello(int firstByte, ByteBuffer body) {
        ConnectDecoder decoder = new ConnectDecoder(broker.mqtt().levelsMax());
        try {
            Connect hello = decoder.read(firstByte, body);
            state = State.LOGIN;
            login = new Login(this, hello);
            login.begin();
        } catch (MqttException e) {
            // What cannot be read is not answered (3.1.1: 3.1.4-1).
            MqttVersion version = decoder.version();
            if (version != null && e.reason() == ReasonCode.UNSUPPORTED_PROTOCOL_VERSION) {
                refuse(version, e.reason(), e.text());
            } else {
                broker.mqttMetrics().count(Count.PROTOCOL_ERRORS);
                end(false, -1);
            }
        }
    }

    /// Asks the client to show who it is.
    void challenge(Login by, byte[] challenge) {
        login = by;
        state = State.CHALLENGED;
        sayAuth(ReasonCode.CONTINUE_AUTHENTICATION, challenge);
        wire.resume();
    }

    void sayAuth(ReasonCode reason, byte[] data) {
        if (state == State.CHALLENGED || state == State.OPEN) {
            out.packet(PacketType.AUTH, Login.auth(reason, data));
            wire.flushSoon();
        }
    }

    private void answered(int firstByte, ByteBuffer body) {
        Login asking = login;
        ClientPacket packet = new PacketDecoder(MqttVersion.V5).read(firstByte, body);
        if (packet instanceof Authenticate authenticate && asking != null) {
            state = State.LOGIN;
            asking.onAuthenticate(authenticate);
        } else {
            // Nothing else may come before the CONNACK, but a farewell.
            end(false, -1);
        }
    }

    private void renew(Authenticate packet) {
        if (opened().hello().authenticationMethod() == null) {
            throw MqttException.protocol("AUTH without an authentication method");
        }
        Login.Renewal now = renewal == null ? new Login.Renewal(this) : renewal;
        renewal = now;
        if (now.onAuthenticate(packet)) {
            renewal = null;
        }
    }

    /// Whether the login may still end well.
    boolean loggingIn() {
        return state == State.LOGIN;
    }

    /// The client may come in, and under this name: whoever had it goes.
    void admit(Access access, String clientId) {
        admitted = access;
        claimed = clientId;
        broker.topics().enter(access.host(), clientId, this);
    }

    /// Ends the login badly.
    ///
    /// @param text for people, or null
    void refuse(MqttVersion version, ReasonCode reason, @Nullable String text) {
        if (state == State.CLOSED) {
            return;
        }
        leave(false, -1);
        Connack.refuse(out, version, reason, broker.mqtt().reasonStrings() ? text : null);
        wire.flushSoon();
        wire.close();
    }

    /// Ends the login well.
    void open(Opened with, PacketWriter.Body connack) {
        opened = with;
        login = null;
        state = State.OPEN;
        MqttConfig.Rates rates = broker.mqtt().rates();
        if (rates.any()) {
            throttle = new Throttle(rates.packets(), rates.bytes(), broker.tickMillis());
        }
        reader.speak(broker.mqtt().packetBytesMax(), with.hello().version().isFive());
        out.packet(PacketType.CONNACK, connack);
        wire.flushSoon();
        wire.resume();
    }

    // ---- bytes out

    /// Gives away what is to be written.
    public void drain(Consumer<ByteBuffer> taker) {
        out.drain(taker);
    }

    /// Whether one more message may be added to the output.
    boolean takes() {
        if (!wire.writable() || out.size() > broker.mqtt().outputBytesMax()) {
            full = true;
            return false;
        }
        return true;
    }

    /// Whether messages stopped because there was no room for them: [#onFlushed] is to be called
    /// when the round is over, in which others still have to write.
    public boolean wantsRoom() {
        return full;
    }

    /// Called when a round's output has been handed to the socket.
    public void onFlushed() {
        if (full && wire.writable()) {
            onWritable();
        }
    }

    /// The client takes data again.
    public void onWritable() {
        full = false;
        wire.resume();
        Opened now = opened;
        if (now != null && state == State.OPEN) {
            now.qos0().pump();
            now.session().resume();
        }
    }

    /// Bytes of which nobody knows that the client takes them.
    long unread() {
        return out.size() + (wire.writable() ? 0 : wire.backlog());
    }

    /// Whether the socket takes more.
    boolean reads() {
        return wire.writable();
    }

    /// Something waits until the client takes it.
    void wantRoom() {
        full = true;
    }

    /// Sends a message of QoS 0, or does with it what its client would rather have.
    void sendQos0(Publication message, boolean retain, Ids ids) {
        opened().qos0().send(message, retain, ids);
    }

    /// Sends a message; returns false if it is too large for the client, which then does not get
    /// it.
    boolean send(Publication message, int qos, boolean retain, Ids ids, int packetId, boolean dup) {
        Opened now = opened();
        boolean five = now.hello().version().isFive();
        long wall = message.expires() ? broker.wallMillis() : 0;
        long untold = now.qos0().untold();
        if (five && untold > 0) {
            PublishFrame telling = message.frame(retain, qos, ids, wall, untold);
            if (telling.size() <= now.hello().packetMax()) {
                now.qos0().told();
                add(telling, packetId, 0, dup);
                return true;
            }
        }
        int alias = five ? now.aliases().outgoing(message.topic()) : 0;
        Naming naming = alias == 0 ? Naming.PLAIN : alias < 0 ? Naming.DEFINING : Naming.ALIASED;
        PublishFrame frame = message.frame(five, qos, retain, naming, ids, wall);
        if (frame.size() > now.hello().packetMax()) {
            if (alias < 0) {
                now.aliases().unlearn(message.topic());
            }
            broker.mqttMetrics().count(Count.OVERSIZED);
            return false;
        }
        add(frame, packetId, Math.abs(alias), dup);
        return true;
    }

    /// Sends a message that nobody else gets without encoding it; false if it has to be encoded.
    boolean sendAsStored(TopicDelivery message) {
        Opened now = opened();
        boolean plain = !five() || (now.aliases().none() && now.qos0().untold() == 0);
        if (!plain || !out.publish(message, five(), now.hello().packetMax())) {
            return false;
        }
        onSent();
        return true;
    }

    private void add(PublishFrame frame, int packetId, int alias, boolean dup) {
        out.publish(frame, packetId, alias, dup);
        onSent();
    }

    private void onSent() {
        sent++;
        broker.mqttMetrics().count(Count.SENT);
        wire.flushSoon();
    }

    /// There is room for what was held back in the socket.
    void readOn() {
        wire.resume();
    }

    void acknowledge(PacketType type, int packetId, int reason) {
        if (state == State.OPEN) {
            out.acknowledge(type, packetId, reason, five());
            wire.flushSoon();
        }
    }

    /// What a client is told whose subscription is not permitted; without reasons in words not even
    /// that.
    ReasonCode refusal() {
        return broker.mqtt().reasonStrings()
                ? ReasonCode.NOT_AUTHORIZED
                : ReasonCode.UNSPECIFIED_ERROR;
    }

    /// A SUBACK or UNSUBACK.
    void sayReasons(PacketType type, int packetId, int[] reasons) {
        if (state != State.OPEN) {
            return;
        }
        PacketWriter.Body body = new PacketWriter.Body().two(packetId);
        if (five()) {
            body.octet(0);
        }
        for (int reason : reasons) {
            if (five()) {
                body.octet(reason);
            } else if (type == PacketType.SUBACK) {
                body.octet(reason > 2 ? 0x80 : reason);
            }
        }
        out.packet(type, body);
        wire.flushSoon();
    }

    // ---- time and ends

    /// Called about twice a second.
    public void onTick() {
        long now = broker.tickMillis();
        out.rest();
        switch (state) {
            case HELLO, LOGIN, CHALLENGED -> {
                if (now - since > broker.mqtt().handshakeMillis()) {
                    end(false, -1);
                }
            }
            case OPEN -> {
                long most = opened().keepAliveMillis();
                // Who waits for a full queue may wait for ever: a client that lives knows by then
                // that nobody answers it, and one that is gone is told from it by nothing else.
                boolean unheard = paused() && fullQueues == 0;
                if (most > 0 && now - lastRead > most + most / 2 && !unheard) {
                    fail(new MqttException(ReasonCode.KEEP_ALIVE_TIMEOUT, "the client is silent"));
                } else {
                    opened().qos0().onTick();
                }
            }
            case CLOSED -> {
                // Nothing more to wait for.
            }
        }
    }

    /// Ends the connection for what its client has done.
    void fail(MqttException e) {
        if (state == State.OPEN) {
            if (e.reason() != ReasonCode.KEEP_ALIVE_TIMEOUT) {
                broker.mqttMetrics().count(Count.PROTOCOL_ERRORS);
            }
            disconnect(e.reason(), e.text(), true);
        } else {
            end(false, -1);
        }
    }

    /// The same from inside somebody else's work.
    void failSoon(MqttException e) {
        if (!failing && state == State.OPEN) {
            failing = true;
            wire.later(() -> fail(e), 0);
        }
    }

    /// Ends the connection and tells the client why.
    ///
    /// @param will whether the will is due
    public void disconnect(ReasonCode reason, String why, boolean will) {
        if (state == State.OPEN && five()) {
            out.packet(PacketType.DISCONNECT, farewell(reason, why));
        }
        end(will, -1);
    }

    /// With the reason in words, if the client wants them and they fit (3.14.2-3).
    private PacketWriter.Body farewell(ReasonCode reason, String why) {
        PacketWriter.Body body = new PacketWriter.Body().octet(reason.code());
        boolean fits = Utf8.bytes(why).length + 16 <= opened().hello().packetMax();
        if (broker.mqtt().reasonStrings() && opened().hello().wantsReasons() && fits) {
            body.properties(new PacketWriter.Body().property(Property.REASON_STRING, why));
        }
        return body;
    }

    /// The same from inside somebody else's work, where it is nobody's fault.
    void disconnectSoon(ReasonCode reason, String why) {
        if (!failing && state == State.OPEN) {
            failing = true;
            wire.later(() -> disconnect(reason, why, true), 0);
        }
    }

    /// Its user or its virtual host does not exist any more.
    public void onGone(String what) {
        leaveSoon(ReasonCode.ADMINISTRATIVE_ACTION, what);
    }

    /// Its user may do something else by now: it ends if he may not have all that it brings him.
    public void onPermissionsChanged() {
        Access in = admitted;
        Opened now = opened;
        if (in != null && !in.stands()) {
            leaveSoon(ReasonCode.NOT_AUTHORIZED, "no access to the virtual host any more");
        } else if (now != null && state == State.OPEN && !now.session().stands()) {
            leaveSoon(ReasonCode.NOT_AUTHORIZED, "a subscription is not permitted any more");
        }
    }

    private void leaveSoon(ReasonCode reason, String why) {
        disconnectSoon(reason, why);
        if (state != State.OPEN) {
            soon(() -> end(false, -1)); // whoever is still coming in hears nothing
        }
    }

    /// Does something when the work at hand is done.
    void soon(Runnable task) {
        wire.later(task, 0);
    }

    /// The node goes; sessions that end with the connection publish their will.
    public void shutdown(String why) {
        disconnect(ReasonCode.SERVER_SHUTTING_DOWN, why, true);
    }

    private void end(boolean will, long expirySeconds) {
        if (state == State.CLOSED) {
            return;
        }
        leave(will, expirySeconds);
        wire.flushSoon();
        wire.close();
    }

    private void leave(boolean will, long expirySeconds) {
        boolean wasOpen = state == State.OPEN;
        state = State.CLOSED;
        Opened now = opened;
        if (wasOpen && now != null) {
            now.qos0().close();
            now.session().onEnd(will && mayLeaveWill(now), expirySeconds);
        }
        Access in = admitted;
        String name = claimed;
        if (in != null && name != null) {
            admitted = null;
            broker.topics().leave(in.host(), name, this);
            in.leave();
        }
    }

    /// Whether the user may by now still publish his will.
    private static boolean mayLeaveWill(Opened now) {
        Will will = now.hello().will();
        return will != null && now.access().mayPublish(will.topic());
    }

    /// The socket is gone.
    public void onDisconnected() {
        if (state != State.CLOSED) {
            leave(true, -1);
        }
        if (counted) {
            counted = false;
            broker.mqttMetrics().add(Count.CONNECTIONS, -1);
        }
    }

    public boolean open() {
        return state == State.OPEN;
    }

    /// Whether it is the client that has to do something before the connection is open; not so
    /// while its login is checked.
    public boolean awaitsClient() {
        return state == State.HELLO || state == State.CHALLENGED || state == State.CLOSED;
    }
}
